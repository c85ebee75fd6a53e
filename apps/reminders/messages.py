"""What plans and doses tell people. Outside the house no message says what is taken."""

from collections.abc import Mapping, Sequence
from uuid import UUID

from django.utils import timezone
from django.utils.functional import Promise, lazy
from django.utils.translation import gettext_lazy as _

from apps.notifications.topics import Message, Topic, register_topic
from apps.reminders.models import ActionPlan, Dose, PlanDraft


def register() -> None:
    """Make the topics of plans and doses known."""
    register_topic(Topic("dose_due", render=_render_doses, still_wanted=_doses_still_open))
    drafted = _("A plan was drafted from your note"), _("Look at it and activate it.")
    failed = _("No plan could be drafted from your note"), _("The note stands. Enter the plan by hand.")
    lapsed = _("A patient's plan has lapsed"), _("Too many doses were missed, so reminding has stopped.")
    register_topic(Topic("plan_drafted", render=lambda ids: _fixed(PlanDraft, "note_id", ids, *drafted)))
    register_topic(Topic("drafting_failed", render=lambda ids: _fixed(PlanDraft, "note_id", ids, *failed)))
    register_topic(Topic("plan_lapsed", render=lambda ids: _fixed(ActionPlan, "pk", ids, *lapsed)))


def _render_doses(subject_ids: Sequence[UUID]) -> Mapping[UUID, Message]:
    doses = Dose.objects.filter(pk__in=subject_ids).select_related("plan")
    title, body = _("Time for your dose"), _("Open CareLoop to see what is due, and check in when you have taken it.")
    return {dose.pk: Message(title, body, detail=_action_of(dose.plan)) for dose in doses}


def _open_action(plan: ActionPlan) -> str:
    return plan.action


# Opened only where it is shown: an e-mail never holds it, and one plan that does not open stops no other's reminder.
_action_of = lazy(_open_action, str)


def _doses_still_open(subject_ids: Sequence[UUID]) -> set[UUID]:
    """Want a reminder only while its dose awaits an answer, under the current generation and inside its window."""
    now = timezone.now()
    still = Dose.objects.open(now=now).filter(pk__in=subject_ids, misses_at__gt=now)
    return set(still.values_list("pk", flat=True))


def _fixed(
    model: type[PlanDraft] | type[ActionPlan], column: str, ids: Sequence[UUID], title: Promise, body: Promise
) -> Mapping[UUID, Message]:
    found = model.objects.filter(**{f"{column}__in": ids}).values_list(column, flat=True)
    return dict.fromkeys(found, Message(title, body))
