"""What plans have a patient take; adherence: what of the doses due was taken, by patient, plan, day and doctor."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import connection
from django.db.models import Case, Count, F, IntegerField, Q, QuerySet, Value, When
from django.db.models.functions import Coalesce

from apps.accounts.models import User
from apps.patients.models import Patient
from apps.recommendations.safety import Proposal, proposal_followed
from apps.reminders.choices import CLOSED_DUE_DOSES, DoseState
from apps.reminders.models import ActionPlan, Dose
from apps.reminders.querysets import DoseQuerySet, is_counted, tallies
from apps.reminders.schedule import read_schedule

PERIOD_DAYS = 30  # What is looked back at, unless said otherwise.

# A run is what was taken between two doses that were not: each dose carries how many of those came before it.
STREAKS = """
WITH counted AS (
    SELECT plan.patient_id, dose.state, dose.due_at,
        count(*) FILTER (WHERE dose.state <> 'TAKEN')
            OVER (PARTITION BY plan.patient_id ORDER BY dose.due_at, dose.id) AS run,
        count(*) FILTER (WHERE dose.state <> 'TAKEN') OVER (PARTITION BY plan.patient_id) AS last_run
    FROM reminders_dose dose JOIN reminders_actionplan plan ON plan.id = dose.plan_id
    WHERE plan.id = ANY(%(plans)s) AND dose.state = ANY(%(states)s) AND dose.misses_at IS NOT NULL
), runs AS (
    SELECT patient_id, run = last_run AS is_latest, count(*) AS length
    FROM counted WHERE state = 'TAKEN' GROUP BY patient_id, run, last_run
)
SELECT patient_id, COALESCE(max(length) FILTER (WHERE is_latest), 0), max(length) FROM runs GROUP BY patient_id
"""


def followed_by(patient_id: UUID, now: datetime) -> Iterator[Proposal]:
    """Yield what the patient's plans have the patient take, whoever wrote them."""
    for plan in ActionPlan.objects.filter(patient=patient_id).followed(now=now).order_by("pk"):
        yield proposal_followed(plan.action, plan.dosage_text, read_schedule(plan.schedule))


@dataclass(frozen=True, slots=True)
class Streak:
    """Doses taken in a row: up to the latest one, and at the best of times."""

    current: int = 0
    longest: int = 0


@dataclass(frozen=True, slots=True)
class Period:
    """Local dates, both included."""

    first: date
    last: date

    @property
    def before(self) -> "Period":
        """Return the period of the same length just before."""
        length = self.last - self.first + timedelta(days=1)
        return Period(self.first - length, self.last - length)


def period_until(now: datetime, *, first: date | None = None, last: date | None = None) -> Period:
    """Return the days asked for; the last 30 by default, tomorrow's included, for it is that day somewhere."""
    last = last or now.date() + timedelta(days=1)
    return Period(first or last - timedelta(days=PERIOD_DAYS), last)


def panel_of(user: User, *, period: Period, **only: Any) -> QuerySet[Any]:
    """Return the patients whose counted doses the user may see, with their adherence and its change, as one query.

    `permille` is taken / due; `change` the difference to the period before, 0 where nothing was due then. `only` are
    further conditions on the plans.
    """
    plans, path = ActionPlan.objects.visible_to(user).filter(**only), "action_plans__doses__"
    seen = Q(is_counted(path), action_plans__in=plans)
    within = Q(**{f"{path}local_date__range": (period.first, period.last)})
    before = Q(**{f"{path}local_date__range": (period.before.first, period.before.last)})
    asked = Patient.objects.filter(seen & (within | before)).annotate(
        **tallies(path, within=within),
        due_before=Count(f"{path}pk", filter=before),
        taken_before=Count(f"{path}pk", filter=before & Q(**{f"{path}state": DoseState.TAKEN})),
    )
    permille = _permille("taken", "due")
    change = Coalesce(permille - _permille("taken_before", "due_before"), 0)
    return asked.filter(Q(due__gt=0)).annotate(permille=permille, change=change)


def streaks_of(user: User, patient_ids: Sequence[UUID]) -> dict[UUID, Streak]:
    """Return the streaks of these patients in what the user may see, of all times."""
    plans = ActionPlan.objects.visible_to(user).filter(patient__in=patient_ids)
    return _streaks(list(plans.values_list("pk", flat=True)))


@dataclass(frozen=True, slots=True)
class PatientAdherence:
    """One patient's adherence in a period: together, plan by plan, and day by day for a heat map."""

    patient: Patient
    period: Period
    total: Mapping[str, int]
    streak: Streak
    plans: list[Mapping[str, Any]]
    days: list[Mapping[str, Any]]


def patient_adherence(patient: Patient, *, reader: User, period: Period) -> PatientAdherence:
    """Return the adherence of a patient in what the reader may see: four queries, whatever there is."""
    doses = Dose.objects.visible_to(reader).filter(plan__patient=patient).counted()
    doses = doses.filter(local_date__range=(period.first, period.last))
    return PatientAdherence(
        patient=patient,
        period=period,
        total=doses.tally(),
        streak=streaks_of(reader, [patient.pk]).get(patient.pk, Streak()),
        plans=_by_plan(doses),
        days=list(doses.order_by().values("local_date").annotate(**tallies()).order_by("local_date")),
    )


def _by_plan(doses: DoseQuerySet) -> list[Mapping[str, Any]]:
    counted = doses.order_by().values("plan").annotate(**tallies()).order_by("plan")
    rows = {row["plan"]: row for row in counted}
    plans = ActionPlan.objects.in_bulk(list(rows))
    return [{**row, "action": plans[plan_id].action} for plan_id, row in rows.items()]


def _streaks(plan_ids: list[UUID]) -> dict[UUID, Streak]:
    with connection.cursor() as cursor:
        cursor.execute(STREAKS, {"plans": plan_ids, "states": [state.value for state in CLOSED_DUE_DOSES]})
        return {patient_id: Streak(current, longest) for patient_id, current, longest in cursor.fetchall()}


def _permille(part: str, whole: str) -> Case:
    return Case(
        When(**{f"{whole}__gt": 0}, then=F(part) * Value(1_000) / F(whole)), default=None, output_field=IntegerField()
    )
