"""Many check-ins at once, each for itself; and a patient's doses day by day."""

from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

import pytest

from apps.core.models import AuditEvent
from apps.core.testing.proofs import race, rounds
from apps.reminders.models import Dose
from apps.reminders.tests.conftest import activate, dose, make_draft
from tests.care import client_of, make_care
from tests.world import ABSENT

BATCH, CALENDAR = "/api/v1/reminders/checkin-batch/", "/api/v1/reminders/calendar/"
HOUR = timedelta(hours=1)


@pytest.mark.django_db
class TestBatches:
    @pytest.fixture
    def noon(self, now, time_machine):
        time_machine.move_to(now + 5 * HOUR, tick=False)
        return now + 5 * HOUR

    def send(self, care, noon, *answers: dict[str, Any]) -> Any:
        return client_of(care.manager, now=noon).post(BATCH, {"answers": list(answers)}, format="json")

    def test_each_stands_for_itself_in_the_order_given(self, plan, care, noon):
        first, second, third = (dose(plan(), 1) for _ in range(3))
        answers = [
            {"dose": str(third.pk), "outcome": "SKIPPED", "reason": "Nausea"},
            {"dose": str(ABSENT)},
            {"dose": str(first.pk)},
            {"dose": str(first.pk)},
            {"dose": str(second.pk), "at": second.due_at.isoformat()},
            {"dose": str(dose(second.plan, 2).pk)},
        ]
        results = self.send(care, noon, *answers).json()["results"]
        assert [(each["state"], each["code"]) for each in results] == [
            ("SKIPPED", ""),
            (None, "not_found"),
            ("TAKEN", ""),
            (None, "already_checked_in"),
            ("TAKEN", ""),
            (None, "not_due_yet"),
        ]
        assert [each["dose"] for each in results] == [answer["dose"] for answer in answers]
        second.refresh_from_db()
        assert second.taken_at == second.due_at

    def test_anothers_dose_looks_absent_and_stays_as_it_is(self, plan, care, noon):
        hidden, other = dose(plan(), 1), make_care(noon, name="other_")
        shown = [self.send(other, noon, {"dose": str(pk)}).json()["results"][0] for pk in (hidden.pk, ABSENT)]
        assert {**shown[0], "dose": ""} == {**shown[1], "dose": ""}
        hidden.refresh_from_db()
        assert hidden.state == "SCHEDULED"

    def test_the_doctor_sees_the_dose_and_may_not_answer_it(self, plan, care, noon):
        client = client_of(care.doctor.user, now=noon)
        answer = client.post(BATCH, {"answers": [{"dose": str(dose(plan(), 1).pk)}]}, format="json")
        assert answer.json()["results"][0]["code"] == "not_allowed"

    @pytest.mark.parametrize(
        ("body", "pointer"),
        [
            ({}, "/answers"),
            ({"answers": []}, "/answers"),
            ({"answers": [{"dose": str(ABSENT)}] * 101}, "/answers"),
            ({"answers": [{"outcome": "TAKEN"}]}, "/answers/0/dose"),
            ({"answers": [{"dose": str(ABSENT), "outcome": "EATEN"}]}, "/answers/0/outcome"),
        ],
    )
    def test_what_makes_no_sense_is_named(self, care, noon, body, pointer):
        refused = client_of(care.manager, now=noon).post(BATCH, body, format="json")
        assert (refused.status_code, refused.json()["errors"][0]["pointer"]) == (400, pointer)


@pytest.mark.proof
@pytest.mark.django_db(transaction=True)
def test_batches_that_cross_answer_each_dose_once_and_never_lock_each_other_out(now, time_machine):
    care = make_care(now)
    for turn in range(rounds(2, 20)):
        doses = [dose(activate(care, make_draft(care, days=1), now=now), 1) for _ in range(8)]
        time_machine.move_to(doses[0].due_at + timedelta(seconds=turn), tick=False)
        answers = [{"dose": str(each.pk)} for each in doses]
        clients = [client_of(care.manager, now=doses[0].due_at) for _ in range(4)]
        orders = [answers, answers[::-1], answers[4:] + answers[:4], answers[::-2] + answers[::2]]
        key = f"batch {turn} "  # With a key a batch is one transaction, which holds what it has locked.
        acts = [
            partial(client.post, BATCH, {"answers": order}, format="json", HTTP_IDEMPOTENCY_KEY=key + str(number))
            for number, (client, order) in enumerate(zip(clients, orders, strict=True))
        ]
        told = race(acts)
        assert [each for each in told if isinstance(each, Exception)] == []
        codes = [result["code"] for answer in told for result in answer.json()["results"]]
        assert sorted(codes) == [""] * 8 + ["already_checked_in"] * 24
        assert AuditEvent.objects.filter(action="dose_checked_in").count() == 8 * (turn + 1)


@pytest.mark.django_db
class TestCalendar:
    @pytest.fixture(autouse=True)
    def _today(self, now, time_machine):
        time_machine.move_to(now, tick=False)

    def days(self, user, now, query: str = "") -> Any:
        return client_of(user, now=now).get(f"{CALENDAR}?{query}")

    def test_a_week_day_by_day(self, plan, care, now):
        plan(schedule={"kind": "WALL_CLOCK", "times": ["08:00", "20:00"]}, days=30)
        shown = self.days(care.manager, now).json()
        assert (shown["patient"], len(shown["days"])) == (str(care.patient.pk), 7)
        assert [(day["date"], len(day["doses"])) for day in shown["days"][:2]] == [("2026-06-01", 2), ("2026-06-02", 2)]

    @pytest.mark.parametrize(("zone_name", "hours"), [("Asia/Dhaka", 39), ("America/New_York", 45)])
    def test_the_week_begins_with_the_day_that_it_is_where_the_patient_lives(
        self, plan, care, time_machine, zone_name, hours
    ):
        today = {"Asia/Dhaka": "2026-06-03", "America/New_York": "2026-06-02"}[zone_name]
        care.patient.time_zone = zone_name
        care.patient.save()
        plan(days=30)
        late = datetime.now(tz=UTC) + timedelta(hours=hours)  # At which in UTC it is the day before, or the day after.
        time_machine.move_to(late, tick=False)
        assert self.days(care.manager, late).json()["days"][0]["date"] == today

    def test_from_and_to_and_whose(self, plan, care, now):
        plan(days=30)
        query = f"from=2026-06-03&to=2026-06-04&patient={care.patient.pk}"
        shown = self.days(care.doctor.user, now, query).json()
        assert [day["date"] for day in shown["days"]] == ["2026-06-03", "2026-06-04"]
        assert AuditEvent.objects.filter(action="clinical_read", concerns_id=care.patient.pk).count() == 1

    def test_a_doctor_sees_the_own_plans_and_a_stranger_nothing(self, plan, care, now):
        plan()
        other = make_care(now, name="other_")
        for stranger in (other.manager, other.doctor.user):
            assert self.days(stranger, now, f"patient={care.patient.pk}").status_code == 404
        assert self.days(care.doctor.user, now).status_code == 404  # Not a patient: whose?

    @pytest.mark.parametrize(
        "query",
        [
            *("from=tomorrow", "to=2026-05-01", "from=2026-06-01&to=2026-09-01", "patient=1", "days=3"),
            "from=0001-01-01",
            "from=9999-12-31&to=0001-01-01",
        ],
    )
    def test_what_makes_no_sense_is_refused(self, care, now, query):
        assert self.days(care.manager, now, query).status_code in ({200} if query == "from=0001-01-01" else {400})

    def test_it_costs_as_many_questions_for_many_doses_as_for_few(self, plan, care, now, django_assert_max_num_queries):
        for _ in range(3):
            plan()
        assert Dose.objects.count() == 21
        client = client_of(care.manager, now=now)
        with django_assert_max_num_queries(6):
            assert client.get(CALENDAR).status_code == 200
