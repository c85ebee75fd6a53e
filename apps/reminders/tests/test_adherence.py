"""Adherence: what of the doses due was taken, for the patient and for the doctor who wrote the plan."""

from datetime import date, timedelta
from typing import Any

import pytest

from apps.core.models import AuditEvent
from apps.patients.models import CareRelationship
from apps.patients.services.care import end_relationship
from apps.reminders.models import Dose
from apps.reminders.selectors import Period, Streak, panel_of, patient_adherence, period_until, streaks_of
from apps.reminders.tests.conftest import activate, make_draft
from tests.care import client_of, make_care
from tests.world import make_doctor, make_patient, make_staff, make_user

pytestmark = pytest.mark.django_db
ADHERENCE = "/api/v1/reminders/adherence/"
AS_NEEDED = {"kind": "AS_NEEDED", "minimum_gap_hours": 6, "maximum_per_day": 4}


@pytest.fixture
def lived(care, now):
    """Let a plan's doses have had these outcomes, in their order, the first of them on the first of June."""

    def live(*outcomes: str, of=care, **columns: Any) -> None:
        plan = activate(of, make_draft(of, days=len(outcomes), **columns), now=now)
        for number, outcome in enumerate(outcomes, start=1):
            Dose.objects.filter(plan=plan, number=number).update(state=outcome)

    return live


@pytest.fixture
def june(now) -> Period:
    return Period(date(2026, 6, 1), date(2026, 6, 30))


def of(care, patient, doctor=None, *, now):
    """Return the care of another patient by the same doctor, or of the same by another."""
    doctor = doctor or care.doctor
    relationship = CareRelationship.objects.create(patient=patient, doctor=doctor, source="CHOICE", started_at=now)
    return type(care)(care.manager, patient, doctor, relationship)


class TestCounting:
    def test_taken_of_what_was_due(self, care, lived, june):
        lived("TAKEN", "MISSED", "TAKEN", "SKIPPED")
        (found,) = panel_of(care.manager, period=june)
        assert (found.pk, found.due, found.taken, found.missed, found.skipped) == (care.patient.pk, 4, 2, 1, 1)
        assert found.permille == 500

    def test_what_is_to_come_or_was_cancelled_does_not_count(self, care, lived, june):
        lived("TAKEN", "DUE", "SCHEDULED", "CANCELLED")
        (found,) = panel_of(care.manager, period=june)
        assert (found.due, found.taken) == (1, 1)

    def test_nor_what_was_taken_as_needed(self, care, lived, june):
        lived("TAKEN", schedule=AS_NEEDED)
        assert list(panel_of(care.manager, period=june)) == []
        assert streaks_of(care.manager, [care.patient.pk]) == {}
        assert patient_adherence(care.patient, reader=care.manager, period=june).total["due"] == 0

    def test_nor_what_lies_outside_the_period(self, care, lived):
        lived("MISSED", "TAKEN", "MISSED")
        (found,) = panel_of(care.manager, period=Period(date(2026, 6, 2), date(2026, 6, 2)))
        assert (found.due, found.taken) == (1, 1)

    def test_several_plans_of_a_patient_are_counted_together(self, care, lived, june):
        lived("TAKEN", "MISSED")
        lived("TAKEN", "TAKEN")
        (found,) = panel_of(care.manager, period=june)
        assert (found.due, found.taken) == (4, 3)

    def test_the_change_is_against_the_period_of_the_same_length_before(self, care, lived):
        lived("TAKEN", "TAKEN", "TAKEN", "MISSED")
        (found,) = panel_of(care.manager, period=Period(date(2026, 6, 3), date(2026, 6, 4)))
        assert (found.permille, found.change, found.due_before) == (500, -500, 2)

    def test_a_period_without_bounds_is_the_last_thirty_days(self, now):
        assert period_until(now) == Period(date(2026, 5, 3), date(2026, 6, 2))

    @pytest.mark.parametrize(
        ("outcomes", "current", "longest"),
        [
            (["TAKEN", "TAKEN", "TAKEN"], 3, 3),
            (["MISSED", "TAKEN", "TAKEN"], 2, 2),
            (["TAKEN", "TAKEN", "MISSED"], 0, 2),
            (["TAKEN", "SKIPPED", "TAKEN", "SCHEDULED"], 1, 1),
            (["TAKEN", "TAKEN", "MISSED", "TAKEN"], 1, 2),
        ],
    )
    def test_streaks_are_what_was_taken_in_a_row(self, care, lived, outcomes, current, longest):
        lived(*outcomes)
        assert streaks_of(care.manager, [care.patient.pk]) == {care.patient.pk: Streak(current, longest)}

    def test_who_took_nothing_has_no_streak(self, care, lived):
        lived("MISSED")
        assert streaks_of(care.manager, [care.patient.pk]) == {}


class TestWhoSeesIt:
    def test_the_doctor_sees_own_patients(self, care, lived, june, now):
        second = make_patient(make_user("second"))
        lived("TAKEN", "TAKEN")
        lived("TAKEN", "MISSED", of=of(care, second, now=now))
        found = panel_of(care.doctor.user, period=june)
        assert {one.pk: one.permille for one in found} == {second.pk: 500, care.patient.pk: 1_000}

    def test_a_doctor_sees_only_the_plans_that_doctor_wrote(self, care, lived, june, now):
        colleague = make_doctor("colleague", care.doctor.hospital)
        lived("TAKEN")
        lived("MISSED", of=of(care, care.patient, colleague, now=now))
        rates = [panel_of(user, period=june)[0].permille for user in (care.doctor.user, colleague.user, care.manager)]
        assert rates == [1_000, 0, 500]
        assert streaks_of(colleague.user, [care.patient.pk]) == {}

    def test_an_ex_doctor_still_sees_what_came_of_the_own_plans(self, care, lived, june, now):
        lived("TAKEN")
        end_relationship(actor=care.manager, relationship=care.relationship, now=now + timedelta(days=1))
        assert len(panel_of(care.doctor.user, period=june)) == 1

    def test_nobody_else_sees_anything(self, care, lived, june, now):
        lived("TAKEN")
        other = make_care(now, name="other_")
        staff = make_staff("staff", care.doctor.hospital)
        for stranger in (other.manager, other.doctor.user, staff):
            assert list(panel_of(stranger, period=june)) == []
            assert streaks_of(stranger, [care.patient.pk]) == {}


class TestOnePatient:
    def test_together_plan_by_plan_and_day_by_day(self, care, lived, june):
        lived("TAKEN", "MISSED")
        lived("TAKEN", "TAKEN", action="Iron")
        found = patient_adherence(care.patient, reader=care.manager, period=june)
        assert found.total == {"due": 4, "taken": 3, "missed": 1, "skipped": 0}
        assert [(plan["action"], plan["taken"]) for plan in found.plans] == [("Aspirin 75 mg daily", 1), ("Iron", 2)]
        assert [(str(day["local_date"]), day["taken"]) for day in found.days] == [("2026-06-01", 2), ("2026-06-02", 1)]

    def test_it_takes_as_many_questions_for_many_plans_as_for_one(self, care, lived, june, django_assert_num_queries):
        for _ in range(3):
            lived("TAKEN", "MISSED")
        with django_assert_num_queries(8):  # Two of them ask what the reader stands for, which a request brings along.
            patient_adherence(care.patient, reader=care.manager, period=june)


class TestDoors:
    @pytest.fixture(autouse=True)
    def _in_june(self, now, time_machine):
        time_machine.move_to(now, tick=False)

    def panel(self, user, now, query: str = "") -> Any:
        return client_of(user, now=now).get(f"{ADHERENCE}?from=2026-06-01&to=2026-06-30{query}")

    def looks(self, care) -> int:
        return AuditEvent.objects.filter(action="clinical_read", concerns_id=care.patient.pk).count()

    def test_the_doctors_look_is_written_down(self, care, lived, now):
        lived("TAKEN", "MISSED", "TAKEN")
        (shown,) = self.panel(care.doctor.user, now).json()["results"]
        assert (shown["patient"], shown["rate"], shown["streak"], shown["change"]) == (
            *(str(care.patient.pk), 0.67, 1),
            None,
        )
        assert self.looks(care) == 1

    def test_the_patients_own_is_not(self, care, lived, now):
        lived("TAKEN")
        assert len(self.panel(care.manager, now).json()["results"]) == 1
        assert self.looks(care) == 0

    @pytest.mark.parametrize(
        ("ordering", "names"),
        [("", "BCA"), ("&ordering=-rate", "ACB"), ("&ordering=change", "BCA"), ("&ordering=-change", "ACB")],
    )
    def test_pages_follow_each_other_in_the_order_asked_for(self, care, lived, now, ordering, names):
        taken = {"A": ("TAKEN", "TAKEN"), "B": ("MISSED", "MISSED"), "C": ("TAKEN", "MISSED")}
        for name, outcomes in taken.items():
            patient = make_patient(make_user(name.lower()))
            lived("TAKEN", *outcomes, of=of(care, patient, now=now))
        query = f"?from=2026-06-02&to=2026-06-03&page_size=1{ordering}"
        client, seen, url = client_of(care.doctor.user, now=now), "", f"{ADHERENCE}{query}"
        while url:
            page = client.get(url).json()
            seen += page["results"][0]["patient_name"][0]
            url = page["next"]
        assert seen == names

    @pytest.mark.parametrize(
        ("query", "pointer"),
        [
            ("&ordering=name", "?ordering"),
            ("&plan=1", "?plan"),
            ("&nothing=1", "?nothing"),
            ("&from=yesterday", "?from"),
            ("&to=2026-05-31", "?to"),
            ("&to=2028-05-31", "?to"),
            ("&from=0001-01-01", "?from"),
        ],
    )
    def test_what_makes_no_sense_is_refused(self, care, now, query, pointer):
        refused = self.panel(care.doctor.user, now, query)
        assert (refused.status_code, refused.json()["errors"][0]["pointer"]) == (400, pointer)

    def test_one_patients_has_days_for_a_heat_map(self, care, lived, now):
        lived("TAKEN", "MISSED")
        url = f"/api/v1/patients/{care.patient.pk}/adherence/?from=2026-06-01&to=2026-06-30"
        shown = client_of(care.doctor.user, now=now).get(url).json()
        assert [(day["date"], day["rate"]) for day in shown["days"]] == [("2026-06-01", 1.0), ("2026-06-02", 0.0)]
        assert (shown["from"], shown["total"]["rate"], shown["streak"], shown["longest_streak"]) == (
            *("2026-06-01", 0.5),
            *(0, 1),
        )
        assert self.looks(care) == 1
