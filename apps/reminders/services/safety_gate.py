"""The safety gate of plans: what speaks against one is kept with it; past a critical danger none begins unexplained."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from apps.recommendations.safety import Unchecked
from apps.recommendations.services.checking import Checked, Ordered, check_regimen, concerns_medicine, require_reason
from apps.reminders.models import ActionPlan
from apps.reminders.schedule import read_schedule

NOT_UNDERSTOOD = (Unchecked.MEDICINE, Unchecked.CURRENT_MEDICINE, Unchecked.ALLERGY, Unchecked.CONDITION)
GRAVE = ("HIGH", "CRITICAL")


def record_checks(plans: Sequence[ActionPlan], *, now: datetime) -> None:
    """Keep with each draft, unsaved, what speaks against it beside the other drafts and what runs; refuse none.

    All are of one patient.
    """
    if not plans:
        return
    running = list(_running_beside(plans[0], now))
    for plan in plans:
        # Of what is no medicine, as far as one can see, the others of a note need not say that it was not recognised.
        others = (each for each in plans if each is not plan and concerns_medicine(_ordered(each)))
        _keep(plan, _checked(plan, [*running, *others], now), reason="")


def pass_gate(plan: ActionPlan, *, override_reason: str, now: datetime) -> None:
    """Check a locked plan that is about to run, and keep what was found, unsaved; raises OverrideNeeded.

    A reason that was given before stands for the dangers that it was given for. The caller holds the patient's
    medicines (`hold_medicines`), so that of two plans that do not go together the second one finds the first.
    """
    checked = _checked(plan, _running_beside(plan, now), now)
    reason = override_reason.strip() or _standing_reason(plan.safety_check, checked)
    require_reason(checked, reason=reason)
    _keep(plan, checked, reason=reason)


def leave_no_doubt(plans: Sequence[ActionPlan]) -> list[ActionPlan]:
    """Return the checked drafts that nobody need look at first.

    None of them where a grave danger is known of one; of the others those where every name was understood.
    """
    checks = [plan.safety_check or {} for plan in plans]
    if any(each["severity"] in GRAVE for check in checks for each in check["findings"]):
        return []
    return [plan for plan, check in zip(plans, checks, strict=True) if not _not_understood(check)]


def _running_beside(plan: ActionPlan, now: datetime) -> Iterable[ActionPlan]:
    followed = ActionPlan.objects.filter(patient=plan.patient_id).followed(now=now)
    return followed.exclude(pk=plan.pk).order_by("pk")


def _checked(plan: ActionPlan, besides: Iterable[ActionPlan], now: datetime) -> Checked:
    return check_regimen(
        patient_id=plan.patient_id, medicine=_ordered(plan), besides=[_ordered(each) for each in besides], now=now
    )


def _ordered(plan: ActionPlan) -> Ordered:
    return Ordered(plan.action, plan.dosage_text, read_schedule(plan.schedule))


def _keep(plan: ActionPlan, checked: Checked, *, reason: str) -> None:
    plan.seal_safety(checked.recorded(reason=reason))


def _standing_reason(earlier: Mapping[str, Any] | None, checked: Checked) -> str:
    """Return the reason given before, if no danger has come since that it does not speak of."""
    if earlier is None:
        return ""
    reason: str = earlier["override_reason"]
    return reason if all(each in earlier["findings"] for each in checked.critical) else ""


def _not_understood(check: Mapping[str, Any]) -> bool:
    return any(gap["kind"] in NOT_UNDERSTOOD for gap in check["not_checked"])
