"""Visits, vitals over time and tests: who writes them, what cannot be, and who reads them."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.db import IntegrityError, transaction

from apps.appointments.models import Appointment
from apps.core.models import AuditEvent
from apps.notifications.models import Notification
from apps.patients.models import AccessGrant, HealthFacts
from apps.patients.services.care import end_relationship
from apps.records.models import OrderedTest, Visit, Vitals
from apps.records.services.visits import state_vitals
from tests.care import client_of, make_care
from tests.world import ABSENT, book, make_doctor

VISITS = "/api/v1/visits/"


@pytest.fixture
def body(care):
    return {"patient": str(care.patient.pk), "chief_complaint": "Tired for weeks"}


def post(client, body, path=VISITS):
    return client.post(path, body, format="json")


class TestWriting:
    def test_a_visit_comes_with_vitals_and_tests_and_the_patient_is_told(self, doctor, patient, care, body):
        vitals = {"weight_kg": "72.5", "height_cm": "176", "systolic_mmhg": 128, "diastolic_mmhg": 82}
        made = post(doctor, {**body, "vitals": vitals, "tests": [{"name": "Ferritin"}], "diagnosis_code": "d509"})
        shown = made.json()
        assert made.status_code == 201, shown
        assert (shown["vitals"]["bmi"], shown["vitals"]["systolic_mmhg"]) == ("23.4", 128)
        assert (shown["tests"][0]["name"], shown["diagnosis_code"]) == ("Ferritin", "D50.9")
        assert Notification.objects.get(topic="visit_written").recipient_id == care.manager.pk
        assert patient.get(f"{VISITS}{shown['id']}/").json() == shown

    @pytest.mark.parametrize(
        ("changes", "pointer"),
        [
            ({"needs_follow_up": True}, "/follow_up_date"),
            ({"follow_up_date": "2999-01-01"}, "/follow_up_date"),
            ({"needs_follow_up": True, "follow_up_date": "2020-01-01"}, "/follow_up_date"),
            ({"diagnosis_code": "XYZ"}, "/diagnosis_code"),
            ({"visited_at": "2999-01-01T00:00:00Z"}, "/visited_at"),
            ({"visited_at": "2026-01-01T00:00:00"}, "/visited_at"),
            ({"chief_complaint": ""}, "/chief_complaint"),
            ({"vitals": {}}, "/vitals"),
            ({"vitals": {"temperature_c": "370"}}, "/vitals/temperature_c"),
            ({"vitals": {"spo2_percent": 101}}, "/vitals/spo2_percent"),
            ({"vitals": {"heart_rate_bpm": 0}}, "/vitals/heart_rate_bpm"),
            ({"vitals": {"weight_kg": "NaN"}}, "/vitals/weight_kg"),
            ({"vitals": {"height_cm": "1.76"}}, "/vitals/height_cm"),
            ({"vitals": {"systolic_mmhg": 120}}, "/vitals/diastolic_mmhg"),
            ({"vitals": {"systolic_mmhg": 80, "diastolic_mmhg": 120}}, "/vitals/diastolic_mmhg"),
            ({"tests": [{"name": ""}]}, "/tests/0/name"),
        ],
    )
    def test_what_cannot_be_is_refused_and_nothing_is_written(self, doctor, body, changes, pointer):
        refused = post(doctor, body | changes)
        assert (refused.status_code, refused.json()["errors"][0]["pointer"]) == (400, pointer)
        assert not Visit.objects.exists()
        assert not Vitals.objects.exists()

    def test_a_follow_up_has_its_date(self, doctor, body, now):
        day = (now + timedelta(days=30)).date().isoformat()
        made = post(doctor, {**body, "needs_follow_up": True, "follow_up_date": day})
        assert (made.status_code, made.json()["follow_up_date"]) == (201, day)

    def test_only_the_own_appointment_is_taken_and_once(self, doctor, care, body, now):
        own = book(care.manager, care.doctor, now=now)
        other = book(care.manager, make_doctor("other", None), now=now, nth=3)
        hidden, absent = (post(doctor, {**body, "appointment": str(pk)}) for pk in (other.pk, ABSENT))
        assert hidden.status_code == absent.status_code == 404
        assert post(doctor, {**body, "appointment": str(own.pk)}).status_code == 201
        again = post(doctor, {**body, "appointment": str(own.pk)})
        assert (again.status_code, again.json()["code"]) == (409, "visit_written")
        assert Appointment.objects.count() == 2

    def test_an_ex_doctor_writes_nothing_new_and_changes_nothing(self, doctor, care, body, now):
        path = f"{VISITS}{post(doctor, body).json()['id']}/"
        assert doctor.patch(path, {"plan": "Rest."}, format="json").json()["plan"] == "Rest."
        end_relationship(actor=care.manager, relationship=care.relationship, now=now)
        for refused in (post(doctor, body), doctor.patch(path, {"plan": "x"}, format="json")):
            assert (refused.status_code, refused.json()["code"]) == (409, "not_treating")
        assert doctor.get(path).status_code == 200

    def test_what_was_written_is_in_no_audit_row(self, doctor, body):
        post(doctor, {**body, "symptoms": "SENTINEL", "vitals": {"spo2_percent": 97}})
        assert "SENTINEL" not in str(list(AuditEvent.objects.values_list("details", flat=True)))


class TestReading:
    def test_another_treating_doctor_reads_it_only_by_a_grant(self, doctor, care, body, now):
        from apps.patients.services.care import choose_doctor

        path = f"{VISITS}{post(doctor, body).json()['id']}/"
        second = make_doctor("second", None)
        choose_doctor(actor=care.manager, patient_id=care.patient.pk, doctor_id=second.pk, now=now)
        client = client_of(second.user, now=now)
        assert client.get(path).status_code == 404
        grant = AccessGrant.objects.create(
            patient=care.patient, doctor=second, kind="OTP", expires_at=now + timedelta(minutes=30)
        )
        assert client.get(path).status_code == 200
        assert client.patch(path, {"plan": "x"}, format="json").status_code == 403
        AccessGrant.objects.filter(pk=grant.pk).update(revoked_at=now)
        assert client.get(path).status_code == 404

    def test_each_look_of_another_is_one_row(self, doctor, patient, care, body):
        post(doctor, body)
        post(doctor, body)
        for client, looks in ((patient, 0), (doctor, 1)):
            assert len(client.get(VISITS).json()["results"]) == 2
            assert AuditEvent.objects.filter(action="clinical_read").count() == looks

    def test_the_trend_is_data_in_order_and_between_two_moments(self, patient, care, now):
        path = f"/api/v1/patients/{care.patient.pk}/vitals/"
        for days, weight in ((30, "75"), (10, "73.5"), (1, "72.25")):
            moment = (now - timedelta(days=days)).isoformat()
            assert post(patient, {"measured_at": moment, "weight_kg": weight}, path).status_code == 201
        assert [row["weight_kg"] for row in patient.get(path).json()["results"]] == ["72.25", "73.50", "75.00"]
        since = {"from": (now - timedelta(days=15)).isoformat(), "to": (now - timedelta(days=5)).isoformat()}
        assert [row["weight_kg"] for row in patient.get(path, since).json()["results"]] == ["73.50"]
        assert patient.get(path, {"from": "yesterday"}).status_code == 400

    def test_vitals_of_a_patient_one_does_not_know_are_absent(self, doctor, now):
        other = make_care(now, name="other_")
        assert doctor.get(f"/api/v1/patients/{other.patient.pk}/vitals/").status_code == 404


class TestResults:
    @pytest.fixture
    def test(self, doctor, body) -> OrderedTest:
        post(doctor, {**body, "tests": [{"name": "Ferritin"}]})
        return OrderedTest.objects.get()

    def test_a_result_is_written_once_and_told(self, doctor, care, test):
        path = f"{VISITS}tests/{test.pk}/result/"
        made = post(doctor, {"result": "9 ng/ml"}, path)
        assert (made.status_code, made.json()["result"]) == (200, "9 ng/ml")
        again = post(doctor, {"result": "90 ng/ml"}, path)
        assert (again.status_code, again.json()["code"]) == (409, "result_written")
        assert Notification.objects.filter(topic="test_resulted", recipient=care.manager).count() == 1

    def test_its_files_are_of_the_same_patient(self, doctor, test, now):
        from apps.records.services.health import add_record

        other = make_care(now, name="other_")
        foreign = add_record(actor=other.manager, patient_id=None, files=[], title="x", now=now)
        path = f"{VISITS}tests/{test.pk}/result/"
        hidden, absent = (post(doctor, {"result": "9", "record": str(pk)}, path) for pk in (foreign.pk, ABSENT))
        assert hidden.status_code == absent.status_code == 404

    def test_those_without_one_can_be_asked_for(self, patient, care, test):
        path = f"/api/v1/patients/{care.patient.pk}/tests/"
        assert len(patient.get(path, {"has_result": "false"}).json()["results"]) == 1
        assert patient.get(path, {"has_result": "true"}).json()["results"] == []

    def test_another_one_is_ordered_later(self, doctor, test):
        assert post(doctor, {"name": "Iron"}, f"{VISITS}{test.visit_id}/tests/").status_code == 201


class TestTheDatabase:
    @pytest.mark.parametrize(
        "columns",
        [
            {"temperature_c": 60},
            {"systolic_mmhg": 120},
            {"systolic_mmhg": 80, "diastolic_mmhg": 90},
            {},
        ],
    )
    def test_has_the_last_word_on_vitals(self, care, now, columns):
        with pytest.raises(IntegrityError), transaction.atomic():
            Vitals.objects.create(patient=care.patient, recorded_by=care.manager, measured_at=now, **columns)

    def test_and_on_follow_ups(self, care, now):
        with pytest.raises(IntegrityError), transaction.atomic():
            Visit.objects.create(patient=care.patient, doctor=care.doctor, visited_at=now, needs_follow_up=True)


class TestWeight:
    def test_the_newest_weight_is_known_to_the_profile_where_advice_asks(self, care, now):
        def weigh(kilograms, days_ago):
            state_vitals(
                actor=care.doctor.user,
                patient_id=care.patient.pk,
                measured_at=now - timedelta(days=days_ago),
                now=now,
                weight_kg=Decimal(kilograms),
            )

        weigh(70, 2)
        weigh(90, 5)
        assert HealthFacts.objects.get(patient=care.patient).weight_kg == 70
        weigh(72, 1)
        assert HealthFacts.objects.get(patient=care.patient).weight_kg == 72
