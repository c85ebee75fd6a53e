"""Doctors apply, are decided, and apply again."""

from functools import partial

import pytest

from apps.accounts.choices import Role
from apps.accounts.models import Consent
from apps.core.errors import InvalidInput, NotAllowed
from apps.core.testing.proofs import race
from apps.hospitals.choices import DoctorStatus
from apps.hospitals.models import Doctor, DoctorApplication
from apps.hospitals.services.applications import (
    AlreadyApplied,
    AlreadyDecided,
    AlreadyDoctor,
    apply_as_doctor,
    decide_application,
)
from apps.notifications.models import Delivery, Notification
from apps.notifications.topics import topic_named
from tests.world import make_applicant, make_doctor, make_patient, make_staff, make_user

FACTS = {"specialization": "Cardiology", "license_number": "M-1", "qualification": "MD"}
NEW = {
    **FACTS,
    "email": "sara@example.org",
    "password": "a long enough password",
    "first_name": "Sara",
    "last_name": "Lind",
    "consent": True,
    "languages": ["Swedish", "English"],
    "diseases_treated": "Asthma, Hay fever",
    "experience_years": 7,
    "consultation_fee": "40.50",
    "time_zone": "Europe/Stockholm",
    "cnic": "35202-1234567-1",
}


@pytest.fixture
def application(db, now) -> DoctorApplication:
    return make_applicant("sara", now=now)


@pytest.fixture
def decide(office, now):
    return partial(decide_application, actor=office, now=now)


def path_of(application: DoctorApplication, door: str = "") -> str:
    return f"/api/v1/doctors/applications/{application.pk}/{door}"


class TestSigningUp:
    def test_makes_an_applicant_and_signs_them_in(self, db, anonymous):
        answer = anonymous.post("/api/v1/auth/register/doctor/", NEW, "json")
        doctor = Doctor.objects.get()
        assert (answer.status_code, answer.json()["user"]["role"]) == (201, "DOCTOR")
        assert (doctor.status, doctor.hospital, doctor.zone_name) == ("PENDING", None, "Europe/Stockholm")
        assert doctor.diseases_treated == ["Asthma", "Hay fever"]
        assert DoctorApplication.objects.get().status == "PENDING"
        assert Consent.objects.filter(user=doctor.user).exists()
        anonymous.credentials(HTTP_AUTHORIZATION=f"Bearer {answer.json()['access']}")
        assert anonymous.get("/api/v1/doctors/applications/").json()["results"][0]["doctor"]["cnic"] == NEW["cnic"]
        assert anonymous.get("/api/v1/appointments/").json()["code"] == "not_approved"

    def test_is_not_listed(self, application, anonymous):
        assert anonymous.get("/api/v1/doctors/").json()["results"] == []
        assert anonymous.get(f"/api/v1/doctors/{application.doctor_id}/").status_code == 404

    @pytest.mark.parametrize(
        ("changes", "pointer"),
        [
            ({"consent": False}, "/consent"),
            ({"license_number": ""}, "/license_number"),
            ({"specialization": ""}, "/specialization"),
            ({"password": "short"}, "/password"),
            ({"time_zone": "Mars"}, "/time_zone"),
        ],
    )
    def test_bad_input_names_its_field_and_leaves_nothing(self, db, anonymous, changes, pointer):
        answer = anonymous.post("/api/v1/auth/register/doctor/", {**NEW, **changes}, "json")
        assert (answer.status_code, [error["pointer"] for error in answer.json()["errors"]]) == (400, [pointer])
        assert not Doctor.objects.exists()

    def test_with_a_licence_that_is_taken_leaves_nothing(self, application, decide, anonymous):
        decide(application=application, is_approved=True)
        answer = anonymous.post(
            "/api/v1/auth/register/doctor/", {**NEW, "license_number": application.doctor.license_number}, "json"
        )
        assert (answer.status_code, answer.json()["code"]) == (409, "licence_taken")
        assert Doctor.objects.count() == 1

    def test_who_only_waits_keeps_a_licence_from_nobody(self, application, anonymous, office, client_of, decide):
        same = {**NEW, "license_number": application.doctor.license_number}
        assert anonymous.post("/api/v1/auth/register/doctor/", same, "json").status_code == 201
        owner = DoctorApplication.objects.exclude(pk=application.pk).get()
        decide(application=owner, is_approved=True)
        refused = client_of(office).post(path_of(application, "approve/"), {}, "json")
        assert (refused.status_code, refused.json()["code"]) == (409, "licence_taken")
        application.refresh_from_db()
        assert (application.status, application.doctor.status) == ("PENDING", "PENDING")


class TestApplying:
    def test_with_a_patients_login_keeps_it_a_patients_until_approval(self, db, client_of, decide):
        user = make_user("amina")
        make_patient(user)
        client = client_of(user)
        answer = client.post("/api/v1/doctors/apply/", FACTS, "json")
        assert (answer.status_code, answer.json()["status"]) == (201, "PENDING")
        assert client.get("/api/v1/appointments/").status_code == 200
        decide(application=DoctorApplication.objects.get(), is_approved=True)
        user.refresh_from_db()
        assert user.role == Role.DOCTOR
        assert len(client.get("/api/v1/patients/").json()["results"]) == 1

    def test_twice_is_refused(self, application, now):
        with pytest.raises(AlreadyApplied):
            apply_as_doctor(actor=application.doctor.user, **FACTS, now=now)

    def test_by_a_doctor_is_refused(self, home, now):
        for hospital in (home, None):
            doctor = make_doctor(f"lena{hospital}".lower(), hospital)
            with pytest.raises(AlreadyDoctor):
                apply_as_doctor(actor=doctor.user, **FACTS, now=now)

    def test_by_staff_and_administrators_is_refused(self, home, office, now):
        for actor in (office, make_staff("clerk", home)):
            with pytest.raises(NotAllowed):
                apply_as_doctor(actor=actor, **FACTS, now=now)

    def test_again_after_a_rejection_keeps_the_history(self, application, decide, now):
        decide(application=application, is_approved=False, reason="No such licence")
        again = apply_as_doctor(actor=application.doctor.user, **{**FACTS, "license_number": "M-2"}, now=now)
        doctor = Doctor.objects.get()
        assert (doctor.status, doctor.license_number) == ("PENDING", "M-2")
        assert list(doctor.applications.values_list("pk", "status")) == [
            (again.pk, "PENDING"),
            (application.pk, "REJECTED"),
        ]
        decide(application=again, is_approved=True)
        assert Doctor.objects.practising().get() == doctor


class TestDeciding:
    def test_approval_lists_the_doctor_and_tells(self, application, office, client_of, anonymous):
        answer = client_of(office).post(path_of(application, "approve/"))
        assert (answer.status_code, answer.json()["status"]) == (200, "APPROVED")
        assert answer.json()["doctor"]["status"] == "APPROVED"
        shown = anonymous.get(f"/api/v1/doctors/{application.doctor_id}/").json()
        assert (shown["is_verified"], shown["hospital"]) == (True, None)
        told = Notification.objects.get(topic="application_decided")
        assert (told.recipient, told.subject_id) == (application.doctor.user, application.pk)
        assert Delivery.objects.filter(topic="application_decided", user=told.recipient).exists()

    def test_rejection_says_why(self, application, office, client_of):
        body = {"reason": "We found no such licence."}
        answer = client_of(office).post(path_of(application, "reject/"), body, "json")
        assert (answer.json()["status"], answer.json()["reason"]) == ("REJECTED", body["reason"])
        message = topic_named("application_decided").render([application.pk])[application.pk]
        assert body["reason"] in str(message.body)
        mine = client_of(application.doctor.user).get(path_of(application)).json()
        assert (mine["status"], mine["reason"]) == ("REJECTED", body["reason"])

    @pytest.mark.parametrize("body", [{}, {"reason": ""}, {"reason": "  "}])
    def test_rejection_without_a_reason_is_refused(self, application, office, client_of, body):
        answer = client_of(office).post(path_of(application, "reject/"), body, "json")
        assert [error["pointer"] for error in answer.json()["errors"]] == ["/reason"]
        application.refresh_from_db()
        assert application.status == DoctorStatus.PENDING

    def test_a_second_decision_is_refused(self, application, decide):
        decide(application=application, is_approved=True)
        with pytest.raises(AlreadyDecided):
            decide(application=application, is_approved=False, reason="On second thoughts")

    def test_the_service_wants_a_reason_and_an_administrator(self, application, decide, now):
        with pytest.raises(InvalidInput):
            decide(application=application, is_approved=False)
        with pytest.raises(NotAllowed):
            decide_application(actor=application.doctor.user, application=application, is_approved=True, now=now)

    @pytest.mark.parametrize("field", ["license_number", "cnic", "specialization", "qualification"])
    @pytest.mark.parametrize("door", ["approve/", "reject/", "verify"])
    def test_is_about_what_was_seen(self, application, office, client_of, field, door):
        desk, path = client_of(office), path_of(application, door)
        if door == "verify":
            path = f"/api/v1/doctors/verify/{application.doctor_id}/"
        seen = desk.get(path_of(application)).json()["submitted_at"]
        body = {"is_approved": True, "reason": "No", "submitted_at": seen}
        profile = "/api/v1/doctors/profile/"
        assert client_of(application.doctor.user).patch(profile, {field: "Z-9"}, "json").status_code == 200
        refused = desk.post(path, body, "json")
        assert (refused.status_code, refused.json()["code"]) == (409, "changed_meanwhile")
        application.refresh_from_db()
        assert application.status == "PENDING"
        again = {**body, "submitted_at": desk.get(path_of(application)).json()["submitted_at"]}
        assert desk.post(path, again, "json").status_code == 200

    def test_what_nobody_checks_may_change_meanwhile(self, application, office, client_of):
        desk = client_of(office)
        seen = desk.get(path_of(application)).json()["submitted_at"]
        client_of(application.doctor.user).patch("/api/v1/doctors/profile/", {"bio": "Listens."}, "json")
        assert desk.post(path_of(application, "approve/"), {"submitted_at": seen}, "json").status_code == 200

    @pytest.mark.parametrize(
        ("body", "status"),
        [
            ({"is_approved": True}, "APPROVED"),
            ({"status": "approved"}, "APPROVED"),
            ({"is_approved": False, "reason": "No"}, "REJECTED"),
        ],
    )
    def test_by_the_doctors_id(self, application, office, client_of, body, status):
        answer = client_of(office).patch(f"/api/v1/doctors/verify/{application.doctor_id}/", body, "json")
        assert (answer.status_code, answer.json()["status"]) == (200, status)

    def test_of_a_hospitals_doctor_there_is_nothing_to_decide(self, home, office, client_of):
        doctor = make_doctor("lena", home)
        answer = client_of(office).post(f"/api/v1/doctors/verify/{doctor.pk}/", {"is_approved": True}, "json")
        assert answer.status_code == 404

    def test_the_queue_is_the_administrators_and_everybody_sees_their_own(self, application, office, client_of, now):
        other = make_applicant("other", now=now)
        queue = client_of(office).get("/api/v1/doctors/applications/?status=pending").json()["results"]
        assert {row["id"] for row in queue} == {str(application.pk), str(other.pk)}
        own = client_of(other.doctor.user).get("/api/v1/doctors/applications/").json()["results"]
        assert [row["id"] for row in own] == [str(other.pk)]


class TestOwnProfile:
    PATH = "/api/v1/doctors/profile/"

    def test_before_the_approval_everything_may_change(self, application, client_of):
        body = {"license_number": "M-9", "specialization": "Surgery", "bio": "Listens.", "cnic": "1-2"}
        answer = client_of(application.doctor.user).patch(self.PATH, body, "json")
        assert answer.status_code == 200, answer.json()
        assert {name: answer.json()[name] for name in body} == body

    @pytest.mark.parametrize("field", ["license_number", "cnic", "specialization", "qualification"])
    def test_what_was_checked_stays(self, home, client_of, field):
        doctor = make_doctor("lena", home)
        client = client_of(doctor.user)
        before = client.get(self.PATH).json()[field]
        answer = client.patch(self.PATH, {field: "other", "bio": "x"}, "json")
        assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (400, f"/{field}")
        assert answer.json()["errors"][0]["code"] == "locked_after_approval"
        assert client.patch(self.PATH, {field: before, "bio": "y"}, "json").status_code == 200
        doctor.refresh_from_db()
        assert (getattr(doctor, field), doctor.bio) == (before, "y")

    def test_what_is_ones_own_changes_after_it_too(self, home, client_of):
        doctor = make_doctor("lena", home)
        body = {"availability_status": "busy", "languages": ["Hausa"], "consultation_fee": "12.00"}
        shown = client_of(doctor.user).patch(self.PATH, body, "json").json()
        assert (shown["availability_status"], shown["languages"], shown["consultation_fee"]) == (
            "BUSY",
            ["Hausa"],
            "12.00",
        )

    def test_of_who_is_no_doctor_is_absent(self, db, client_of):
        assert client_of(make_user("amina")).get(self.PATH).status_code == 404


@pytest.mark.proof
@pytest.mark.django_db(transaction=True)
class TestRaces:
    def test_one_login_applies_once(self, now):
        user = make_user("amina")
        outcomes = race([partial(apply_as_doctor, actor=user, **FACTS, now=now)] * 6)
        assert sorted(type(outcome).__name__ for outcome in outcomes) == ["AlreadyApplied"] * 5 + ["DoctorApplication"]

    def test_of_approval_and_rejection_one_wins(self, now):
        office = make_user("office", Role.ADMIN)
        application = make_applicant("sara", now=now)
        act = partial(decide_application, actor=office, application=application, now=now)
        outcomes = race([partial(act, is_approved=True), partial(act, is_approved=False, reason="No")] * 3)
        assert sorted(type(outcome).__name__ for outcome in outcomes) == ["AlreadyDecided"] * 5 + ["DoctorApplication"]
        assert Delivery.objects.filter(topic="application_decided").count() == 1
