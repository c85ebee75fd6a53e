"""What a doctor enters without a note, and corrects before it begins."""

from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from apps.accounts.models import User
from apps.core import audit
from apps.core.errors import InvalidInput, NotFound
from apps.patients.models import CareRelationship
from apps.patients.services.care import NotTreating
from apps.recommendations.dosage import Schedule, parse_dosage
from apps.reminders.choices import PlanState
from apps.reminders.models import ActionPlan
from apps.reminders.schedule import read_schedule
from apps.reminders.services.plans import PlanNotDraft, activate_plan, locked_for_its_doctor, opened_text, require_state
from apps.reminders.services.safety_gate import record_checks

UNTIL_WHEN = ("duration_days", "total_doses")


def enter_plan(
    *,
    actor: User,
    patient_id: UUID,
    action: str,
    dosage_text: str,
    schedule: Schedule | None,
    activate: bool,
    override_reason: str = "",
    now: datetime,
    **settings: Any,
) -> ActionPlan:
    """Draft a plan of a doctor's own for a patient whom the doctor treats, and activate it at once where asked.

    Without a schedule the dosage text must say one for certain. `settings` are further columns: duration, nags. What
    the safety rules say is kept with the draft; only a plan that begins is refused for it. Raises NotFound,
    NotTreating, InvalidInput, and what activating raises.
    """
    relationship = treated(actor=actor, patient_id=patient_id, now=now)
    plan = ActionPlan(
        patient_id=patient_id,
        relationship=relationship,
        generation=relationship.generation,
        time_zone=relationship.patient.time_zone,
    )
    with transaction.atomic():
        _set_contents(plan, action=action, dosage_text=dosage_text, schedule=schedule, settings=settings)
        record_checks([plan], now=now)
        plan.save(force_insert=True)
        audit.record("plan_drafted", actor_id=actor.pk, subject=plan, concerns_id=patient_id)
        if activate:
            return activate_plan(
                actor=actor,
                plan_id=plan.pk,
                duration_days=None,
                total_doses=None,
                override_reason=override_reason,
                now=now,
            )
    return plan


def change_draft(
    *,
    actor: User,
    plan_id: UUID,
    action: str | None = None,
    dosage_text: str | None = None,
    schedule: Schedule | None = None,
    now: datetime,
    **settings: Any,
) -> ActionPlan:
    """Correct a draft before it is activated; what is not given stays, but for what hangs on the text.

    A new dosage text brings its own schedule, and where none is given its own duration in place of the old number.
    Raises NotAllowed, PlanOutdated, PlanNotDraft, InvalidInput, and TextLost for a text that stays and does not open.
    """
    with transaction.atomic():
        plan = locked_for_its_doctor(actor=actor, plan_id=plan_id, now=now)
        require_state(plan, is_in=PlanState.DRAFT, otherwise=PlanNotDraft)
        if schedule is None and dosage_text is None:
            schedule = read_schedule(plan.schedule)
        if dosage_text is not None and not any(settings.get(name) for name in UNTIL_WHEN):
            settings |= dict.fromkeys(UNTIL_WHEN)
        _set_contents(
            plan,
            action=opened_text(plan, column="action_sealed") if action is None else action,
            dosage_text=opened_text(plan, column="dosage_sealed") if dosage_text is None else dosage_text,
            schedule=schedule,
            settings=settings,
        )
        record_checks([plan], now=now)
        plan.save()
        audit.record("plan_draft_changed", actor_id=actor.pk, subject=plan, concerns_id=plan.patient_id)
    return plan


def treated(*, actor: User, patient_id: UUID, now: datetime) -> CareRelationship:
    """Return the actor's live relationship with the patient; raises NotFound, and NotTreating where it is over."""
    own = CareRelationship.objects.filter(patient=patient_id, doctor__user=actor).select_related("patient")
    live = own.live(now=now).first()
    if live is None:
        raise NotTreating if own.exists() else NotFound
    return live


def _set_contents(
    plan: ActionPlan, *, action: str, dosage_text: str, schedule: Schedule | None, settings: dict[str, Any]
) -> None:
    dosage = parse_dosage(dosage_text)
    schedule = schedule or dosage.schedule
    if schedule is None:
        raise InvalidInput(
            "dosage_text",
            _("This does not say for certain how often. Say it differently, or give a `schedule`."),
            code="unreadable_dosage",
        )
    plan.schedule = schedule.as_json()
    plan.seal_texts(action=action, dosage_text=dosage_text)
    for name, value in settings.items():
        setattr(plan, name, value)
    if plan.duration_days is None and plan.total_doses is None:
        plan.duration_days = dosage.duration_days
