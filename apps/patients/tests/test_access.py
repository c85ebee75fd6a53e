"""Opening a whole record for a while: codes, grants, emergencies, and how each of them ends."""

from datetime import date, timedelta

import pytest
from django.core import mail

from apps.accounts.models import OneTimeCode
from apps.accounts.services.codes import code_of
from apps.core import outbox
from apps.core.models import AuditEvent
from apps.notifications.models import Delivery, Notification
from apps.patients.models import AccessGrant, Allergy, Patient
from apps.patients.services.care import choose_doctor, end_relationship
from apps.patients.services.profile import add_entry
from tests.care import client_of, make_care
from tests.conftest import _empty_cache, now
from tests.world import ABSENT, make_doctor, make_hospital, make_staff, make_user

__all__ = ["_empty_cache", "now"]

GENERATE, VERIFY, GRANTS = ("/api/v1/access/otp/generate/", "/api/v1/access/otp/verify/", "/api/v1/access/grants/")
BREAK_GLASS = "/api/v1/access/break-glass/"
NAMED = {"phone": "+1 555 010 0001", "birth_date": "1984-03-02"}


@pytest.fixture
def care(db, now):
    care = make_care(now)
    Patient.objects.filter(pk=care.patient.pk).update(phone="+15550100001", birth_date=date(1984, 3, 2))
    add_entry(actor=care.manager, kind=Allergy, patient_id=care.patient.pk, substance="Penicillin", now=now)
    return care


@pytest.fixture
def stranger(care):
    return make_doctor("stranger", make_hospital("Elsewhere"))


@pytest.fixture
def client(stranger, now):
    return client_of(stranger.user, now=now)


def allergies(client, care):
    return client.get(f"/api/v1/patients/{care.patient.pk}/allergies/").status_code


def newest_code() -> str:
    return code_of(OneTimeCode.objects.latest("id").pk)


# The guess is committed before it is compared, so these need a database without a transaction around the test.
@pytest.mark.django_db(transaction=True)
class TestCodes:
    def open(self, client):
        assert client.post(GENERATE, NAMED, format="json").status_code == 202
        return client.post(VERIFY, {**NAMED, "otp_code": newest_code()}, format="json")

    def test_the_code_opens_the_record_for_half_an_hour_to_read_only(self, client, care, now):
        assert allergies(client, care) == 404
        granted = self.open(client)
        assert granted.status_code == 201, granted.json()
        assert granted.json()["is_live"] is True
        assert allergies(client, care) == 200
        written = client.post(f"/api/v1/patients/{care.patient.pk}/allergies/", {"substance": "x"}, format="json")
        assert (written.status_code, written.json()["code"]) == (409, "not_treating")
        AccessGrant.objects.update(expires_at=now - timedelta(seconds=1))
        assert allergies(client, care) == 404

    def test_it_lasts_thirty_minutes(self, client, care):
        self.open(client)
        grant = AccessGrant.objects.get()
        assert timedelta(minutes=29) < grant.expires_at - grant.created_at <= timedelta(minutes=30)

    def test_the_code_goes_to_the_patients_side_and_stands_nowhere_else(self, client, care, now):
        answer = client.post(GENERATE, NAMED, format="json")
        outbox.relay_outbox(now=now + timedelta(minutes=1))
        told = Delivery.objects.get(topic="access_code")
        assert told.user_id == care.manager.pk
        assert newest_code() not in answer.content.decode()
        assert mail.outbox == []  # Sent by the worker, not by the request.

    def test_a_patient_who_is_not_there_looks_the_same(self, client, care):
        nobody = {"phone": "+1 555 010 0999", "birth_date": "1984-03-02"}
        there, absent = (client.post(GENERATE, body, format="json") for body in (NAMED, nobody))
        assert (there.status_code, there.json()) == (absent.status_code, absent.json())
        refused = client.post(VERIFY, {**nobody, "otp_code": newest_code()}, format="json")
        assert (refused.status_code, refused.json()["code"]) == (400, "wrong_code")
        assert not AccessGrant.objects.exists()

    def test_by_id_only_a_doctor_who_treats_names_the_patient(self, client, care, now):
        body = {"patient": str(care.patient.pk)}
        assert client.post(GENERATE, body, format="json").status_code == 202
        assert OneTimeCode.objects.latest("id").subject_id != care.patient.pk
        treating = client_of(care.doctor.user, now=now)
        assert treating.post(GENERATE, body, format="json").status_code == 202
        assert OneTimeCode.objects.latest("id").subject_id == care.patient.pk

    def test_one_doctors_code_is_no_use_to_another(self, client, care, now):
        client.post(GENERATE, NAMED, format="json")
        other = client_of(make_doctor("other", None).user, now=now)
        refused = other.post(VERIFY, {**NAMED, "otp_code": newest_code()}, format="json")
        assert (refused.status_code, refused.json()["code"]) == (400, "wrong_code")

    def test_three_requests_a_quarter_of_an_hour(self, client, care, now):
        statuses = [client.post(GENERATE, NAMED, format="json").status_code for _ in range(4)]
        assert statuses == [202, 202, 202, 429]
        other = client_of(make_doctor("other", None).user, now=now)
        assert other.post(GENERATE, NAMED, format="json").status_code == 429  # Per patient too.

    def test_a_code_works_once(self, client, care):
        self.open(client)
        again = client.post(VERIFY, {**NAMED, "otp_code": newest_code()}, format="json")
        assert (again.status_code, AccessGrant.objects.count()) == (400, 1)

    @pytest.mark.parametrize("body", [{}, {"phone": "+1 555 010 0001"}, {"phone": "x", "birth_date": "1984-03-02"}])
    def test_who_is_meant_must_be_said(self, client, care, body):
        assert client.post(GENERATE, body, format="json").status_code == 400


def grant_to(doctor, care, now, **columns):
    given = {"kind": "OTP", "expires_at": now + timedelta(minutes=30), **columns}
    return AccessGrant.objects.create(patient=care.patient, doctor=doctor, **given)


class TestEnding:
    def test_the_patient_ends_it_at_once(self, client, stranger, care, now):
        grant = grant_to(stranger, care, now)
        assert allergies(client, care) == 200
        manager = client_of(care.manager, now=now)
        assert manager.delete(f"{GRANTS}{grant.pk}/").status_code == 204
        assert manager.delete(f"{GRANTS}{grant.pk}/").status_code == 204
        assert allergies(client, care) == 404
        assert AuditEvent.objects.filter(action="access_revoked", concerns_id=care.patient.pk).count() == 1

    def test_the_doctor_does_not_end_it(self, client, stranger, care, now):
        grant = grant_to(stranger, care, now)
        assert client.delete(f"{GRANTS}{grant.pk}/").status_code == 403

    def test_it_ends_with_the_relationship_in_which_it_was_given(self, care, now):
        grant = grant_to(care.doctor, care, now, relationship=care.relationship)
        assert AccessGrant.objects.live(now=now).get() == grant
        fresh = make_doctor("fresh", None)
        choose_doctor(
            actor=care.manager,
            patient_id=care.patient.pk,
            doctor_id=fresh.pk,
            replaces=care.relationship.pk,
            now=now,
        )
        grant.refresh_from_db()
        assert not AccessGrant.objects.live(now=now).exists()
        assert not grant.is_live(now=now)

    def test_another_patients_grant_opens_nothing_here(self, client, stranger, care, now):
        other = make_care(now, name="other_")
        grant_to(stranger, other, now)
        assert allergies(client, care) == 404
        assert allergies(client, other) == 200

    def test_an_ex_doctor_with_a_grant_reads_and_without_it_only_the_own(self, care, now):
        end_relationship(actor=care.manager, relationship=care.relationship, now=now)
        former = client_of(care.doctor.user, now=now)
        path = f"/api/v1/patients/{care.patient.pk}/allergies/"
        assert former.get(path).json()["results"] == []
        grant_to(care.doctor, care, now)
        assert len(former.get(path).json()["results"]) == 1

    def test_each_look_leaves_one_row_that_the_patient_reads(self, client, stranger, care, now):
        grant_to(stranger, care, now)
        allergies(client, care)
        log = client_of(care.manager, now=now).get(f"/api/v1/patients/{care.patient.pk}/access-log/").json()["results"]
        assert [row["action"] for row in log].count("clinical_read") == 1

    def test_only_live_ones_can_be_asked_for(self, client, stranger, care, now):
        grant_to(stranger, care, now)
        grant_to(stranger, care, now, revoked_at=now)
        assert len(client.get(GRANTS, {"is_live": "true"}).json()["results"]) == 1
        assert len(client.get(GRANTS, {"is_live": "false"}).json()["results"]) == 1
        assert client.get(GRANTS, {"is_live": "perhaps"}).status_code == 400


class TestEmergencies:
    REASON = "Unconscious after a fall"

    def body(self, care, **changes):
        return {"patient": str(care.patient.pk), "reason": self.REASON, **changes}

    def test_it_opens_the_record_for_an_hour_and_tells_patient_and_hospital(self, client, stranger, care, now):
        clerk = make_staff("clerk", stranger.hospital)
        opened = client.post(BREAK_GLASS, self.body(care), format="json")
        assert opened.status_code == 201, opened.json()
        assert allergies(client, care) == 200
        grant = AccessGrant.objects.get()
        assert timedelta(minutes=59) < grant.expires_at - grant.created_at <= timedelta(hours=1)
        told = set(Notification.objects.filter(topic="break_glass").values_list("recipient", flat=True))
        assert told == {care.manager.pk, clerk.pk}
        assert AuditEvent.objects.filter(action="glass_broken", concerns_id=care.patient.pk).count() == 1

    def test_what_is_sent_out_holds_neither_reason_nor_names(self, client, stranger, care):
        from apps.notifications.topics import topic_named

        client.post(BREAK_GLASS, self.body(care), format="json")
        grant = AccessGrant.objects.get()
        message = topic_named("break_glass").render([grant.pk])[grant.pk]
        sent = f"{message.title} {message.body}"
        assert self.REASON not in sent + str(message.detail)
        assert care.patient.first_name not in sent
        assert care.patient.name in str(message.detail)
        assert self.REASON not in str(list(AuditEvent.objects.values_list("details", flat=True)))

    @pytest.mark.parametrize("reason", ["", "  short  ", "a        b", None])
    def test_it_needs_a_reason_of_ten_characters(self, client, care, reason):
        refused = client.post(BREAK_GLASS, self.body(care, reason=reason), format="json")
        assert (refused.status_code, refused.json()["errors"][0]["pointer"]) == (400, "/reason")
        assert not AccessGrant.objects.exists()

    def test_nobody_is_opened_who_is_not_there(self, client, care):
        assert client.post(BREAK_GLASS, self.body(care, patient=str(ABSENT)), format="json").status_code == 404

    def test_ten_a_day(self, client, care):
        statuses = [client.post(BREAK_GLASS, self.body(care), format="json").status_code for _ in range(11)]
        assert statuses == [201] * 10 + [429]

    def test_the_hospital_of_the_doctor_reviews_it_once(self, client, stranger, care, now):
        client.post(BREAK_GLASS, self.body(care), format="json")
        path = f"{BREAK_GLASS}{AccessGrant.objects.get().pk}/review/"
        elsewhere = client_of(make_staff("elsewhere", care.doctor.hospital), now=now)
        assert elsewhere.post(path, {"outcome": "JUSTIFIED"}, format="json").status_code == 404
        clerk = client_of(make_staff("clerk", stranger.hospital), now=now)
        assert len(clerk.get(BREAK_GLASS).json()["results"]) == 1
        reviewed = clerk.post(path, {"outcome": "not_justified", "notes": "No."}, format="json")
        assert (reviewed.status_code, reviewed.json()["review_outcome"]) == (200, "NOT_JUSTIFIED")
        assert allergies(client, care) == 404  # That ends it.
        again = clerk.post(path, {"outcome": "JUSTIFIED"}, format="json")
        assert (again.status_code, again.json()["code"]) == (409, "already_reviewed")

    def test_patients_and_staff_break_no_glass(self, care, now):
        for person in (make_user("somebody"), make_staff("clerk", care.doctor.hospital)):
            assert client_of(person, now=now).post(BREAK_GLASS, self.body(care), format="json").status_code == 403
