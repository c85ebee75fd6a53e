"""Adherence: what of the doses due was taken, for the patient and for the doctor who wrote the plan."""

from datetime import timedelta

import pytest

from apps.core.models import AuditEvent
from apps.patients.models import CareRelationship
from apps.patients.services.care import end_relationship
from apps.reminders.models import Dose
from apps.reminders.selectors import adherence_visible_to
from apps.reminders.tests.conftest import activate, make_draft
from tests.care import client_of, make_care
from tests.world import make_doctor, make_patient, make_staff, make_user

pytestmark = pytest.mark.django_db
ADHERENCE = "/api/v1/reminders/adherence/"


@pytest.fixture
def lived(care, now):
    """Let a plan's doses have had these outcomes, in their order."""

    def live(*outcomes: str, of=care) -> None:
        plan = activate(of, make_draft(of, days=len(outcomes)), now=now)
        for number, outcome in enumerate(outcomes, start=1):
            Dose.objects.filter(plan=plan, number=number).update(state=outcome)

    return live


class TestCounting:
    def test_taken_of_what_was_due(self, care, lived):
        lived("TAKEN", "MISSED", "TAKEN", "SKIPPED")
        (found,) = adherence_visible_to(care.manager)
        assert (found.due, found.taken, found.missed, found.skipped, found.rate) == (4, 2, 1, 1, 0.5)
        assert (found.patient_id, found.patient_name) == (care.patient.pk, care.patient.name)

    def test_what_is_to_come_or_was_cancelled_does_not_count(self, care, lived):
        lived("TAKEN", "DUE", "SCHEDULED", "CANCELLED")
        (found,) = adherence_visible_to(care.manager)
        assert (found.due, found.taken, found.rate) == (1, 1, 1.0)

    def test_two_thirds_are_rounded(self, care, lived):
        lived("TAKEN", "TAKEN", "MISSED")
        assert adherence_visible_to(care.manager)[0].rate == 0.67

    def test_before_the_first_dose_there_is_nothing_to_tell(self, care, lived):
        lived("SCHEDULED", "DUE")
        assert adherence_visible_to(care.manager) == []

    @pytest.mark.parametrize(
        ("outcomes", "streak"),
        [
            (["TAKEN", "TAKEN", "TAKEN"], 3),
            (["MISSED", "TAKEN", "TAKEN"], 2),
            (["TAKEN", "TAKEN", "MISSED"], 0),
            (["TAKEN", "SKIPPED", "TAKEN", "SCHEDULED"], 1),
            (["MISSED"], 0),
        ],
    )
    def test_the_streak_is_what_was_taken_in_a_row_up_to_the_latest(self, care, lived, outcomes, streak):
        lived(*outcomes)
        assert adherence_visible_to(care.manager)[0].streak == streak

    def test_several_plans_of_a_patient_are_counted_together(self, care, lived):
        lived("TAKEN", "MISSED")
        lived("TAKEN", "TAKEN")
        (found,) = adherence_visible_to(care.manager)
        assert (found.due, found.taken) == (4, 3)


class TestWhoSeesIt:
    def test_the_doctor_sees_own_patients_lowest_first(self, care, lived, now):
        second = make_patient(make_user("second"))
        CareRelationship.objects.create(patient=second, doctor=care.doctor, source="CHOICE", started_at=now)
        other = type(care)(care.manager, second, care.doctor, CareRelationship.objects.get(patient=second))
        lived("TAKEN", "TAKEN")
        lived("TAKEN", "MISSED", of=other)
        found = adherence_visible_to(care.doctor.user)
        assert [(one.patient_id, one.rate) for one in found] == [(second.pk, 0.5), (care.patient.pk, 1.0)]

    def test_a_doctor_sees_only_the_plans_that_doctor_wrote(self, care, lived, now):
        colleague = make_doctor("colleague", care.doctor.hospital)
        relationship = CareRelationship.objects.create(
            patient=care.patient, doctor=colleague, source="CHOICE", started_at=now
        )
        lived("TAKEN")
        lived("MISSED", of=type(care)(care.manager, care.patient, colleague, relationship))
        assert [one.rate for one in adherence_visible_to(care.doctor.user)] == [1.0]
        assert [one.rate for one in adherence_visible_to(colleague.user)] == [0.0]
        assert [one.rate for one in adherence_visible_to(care.manager)] == [0.5]

    def test_an_ex_doctor_still_sees_what_came_of_the_own_plans(self, care, lived, now):
        lived("TAKEN")
        end_relationship(actor=care.manager, relationship=care.relationship, now=now + timedelta(days=1))
        assert len(adherence_visible_to(care.doctor.user)) == 1

    def test_nobody_else_sees_anything(self, care, lived, now):
        lived("TAKEN")
        other = make_care(now, name="other_")
        staff = make_staff("staff", care.doctor.hospital)
        for stranger in (other.manager, other.doctor.user, staff):
            assert adherence_visible_to(stranger) == []

    def test_it_takes_three_questions_for_any_number_of_patients(self, care, lived, now, django_assert_num_queries):
        for number in range(3):
            patient = make_patient(make_user(f"person{number}"))
            relationship = CareRelationship.objects.create(
                patient=patient, doctor=care.doctor, source="CHOICE", started_at=now
            )
            lived("TAKEN", of=type(care)(care.manager, patient, care.doctor, relationship))
        with django_assert_num_queries(3):
            assert len(adherence_visible_to(care.doctor.user)) == 3


class TestDoor:
    def looks(self, care) -> int:
        return AuditEvent.objects.filter(action="clinical_read", concerns_id=care.patient.pk).count()

    def test_the_doctors_look_is_written_down(self, care, lived, now, time_machine):
        time_machine.move_to(now, tick=False)
        lived("TAKEN", "MISSED")
        (shown,) = client_of(care.doctor.user, now=now).get(ADHERENCE).json()
        assert (shown["patient"], shown["rate"], shown["streak"]) == (str(care.patient.pk), 0.5, 0)
        assert self.looks(care) == 1

    def test_the_patients_own_is_not(self, care, lived, now, time_machine):
        time_machine.move_to(now, tick=False)
        lived("TAKEN")
        assert len(client_of(care.manager, now=now).get(ADHERENCE).json()) == 1
        assert self.looks(care) == 0
