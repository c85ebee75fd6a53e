"""What plans and doses tell people. Outside the house a message says what is taken only to whoever allows it."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from functools import partial
from uuid import UUID

from django.db.models import Model, QuerySet
from django.utils import timezone
from django.utils.functional import lazy
from django.utils.translation import gettext_lazy as _

from apps.accounts.models import User
from apps.notifications.choices import Kind
from apps.notifications.services.announcing import Announcement, announce_many
from apps.notifications.topics import Message, Text, Topic, register_topic
from apps.patients.models import Caregiver
from apps.patients.querysets import managers_of
from apps.records.models import Note
from apps.reminders.choices import PlanState
from apps.reminders.models import ActionPlan, Dose, PlanDraft

OPEN_CARELOOP = _("Sign in to see it.")
CHANGES: Mapping[str, Text] = {
    PlanState.ACTIVE: _("Your plan is active: you will be reminded"),
    PlanState.PAUSED: _("Your plan is paused"),
    PlanState.COMPLETED: _("Your plan is complete"),
    PlanState.LAPSED: _("Your plan has lapsed: reminding has stopped"),
    PlanState.CANCELLED: _("Your plan has ended"),
}
CHECK_IN = _("Open CareLoop to see what is due, and check in when you have taken it.")
LATE = _("We could not remind you in time. Open CareLoop to see what was due, and check in if you have taken it.")


def register() -> None:
    """Make the topics of plans and doses known."""
    of_doses = partial(Topic, kind=Kind.DOSES)
    plans, doses, notes = (model.objects.visible_to for model in (ActionPlan, Dose, Note))
    register_topic(of_doses("dose_due", _render_doses, doses, _doses_still_open, detail_may_leave=True, is_timed=True))
    register_topic(of_doses("dose_unanswered", _render_unanswered, _doses_cared_for_by, _doses_still_open))
    register_topic(of_doses("plan_changed", _render_changes, plans, detail_may_leave=True))
    drafted = _("A plan was drafted from your note"), _("Look at it and activate it.")
    left_out = _("Not all of your note became a plan"), _("Look at what was left out, and enter it by hand if need be.")
    failed = _("No plan could be drafted from your note"), _("The note stands. Enter the plan by hand.")
    sealed = _("No plan is drafted from your note"), _("It is encrypted end to end. Enter its plans by hand.")
    lapsed = _("A patient's plan has lapsed"), _("Too many doses were missed, so reminding has stopped.")
    register_topic(of_doses("plan_drafted", lambda ids: _fixed(PlanDraft, "note_id", ids, *drafted), notes))
    register_topic(of_doses("lines_not_drafted", lambda ids: _fixed(PlanDraft, "note_id", ids, *left_out), notes))
    register_topic(of_doses("drafting_failed", lambda ids: _fixed(PlanDraft, "note_id", ids, *failed), notes))
    register_topic(of_doses("note_is_end_to_end", lambda ids: _fixed(PlanDraft, "note_id", ids, *sealed), notes))
    register_topic(of_doses("plan_lapsed", lambda ids: _fixed(ActionPlan, "pk", ids, *lapsed), plans))


def tell_of_plan(plan: ActionPlan, *, now: datetime) -> None:
    """Tell the patient's managers that a plan changed; part of the caller's transaction."""
    managers = managers_of([plan.patient_id]).values_list("user", flat=True)
    announce_many("plan_changed", [Announcement(plan.pk, user, plan.changes) for user in managers], now=now)


def _render_doses(subject_ids: Sequence[UUID]) -> Mapping[UUID, Message]:
    doses = Dose.objects.filter(pk__in=subject_ids).select_related("plan")
    in_time, late = (_("Time for your dose"), CHECK_IN), (_("A dose is late"), LATE)
    return {
        dose.pk: Message(*(late if dose.is_told_late() else in_time), detail=_action_of(dose.plan)) for dose in doses
    }


def _doses_cared_for_by(reader: User) -> QuerySet[Dose]:
    patients = Caregiver.objects.live().filter(user=reader).values("patient")
    return Dose.objects.filter(plan__patient__in=patients)


def _render_unanswered(subject_ids: Sequence[UUID]) -> Mapping[UUID, Message]:
    doses = Dose.objects.filter(pk__in=subject_ids).select_related("plan__patient")
    title, body = _("Somebody you care for has not answered a reminder"), _("Sign in to see who, and ask them.")
    return {dose.pk: Message(title, body, detail=dose.plan.patient.name) for dose in doses}


def _render_changes(subject_ids: Sequence[UUID]) -> Mapping[UUID, Message]:
    plans = ActionPlan.objects.filter(pk__in=subject_ids).exclude(state=PlanState.DRAFT)
    return {plan.pk: Message(CHANGES[plan.state], OPEN_CARELOOP, detail=_action_of(plan)) for plan in plans}


def _open_action(plan: ActionPlan) -> str:
    return plan.action


# Opened only where it is shown: an e-mail seldom holds it.
_action_of = lazy(_open_action, str)


def _doses_still_open(subject_ids: Sequence[UUID]) -> set[UUID]:
    """Want a reminder only while its dose awaits an answer, under the current generation and inside its window."""
    now = timezone.now()
    still = Dose.objects.open(now=now).filter(pk__in=subject_ids, due_at__lte=now, misses_at__gt=now)
    return set(still.values_list("pk", flat=True))


def _fixed(model: type[Model], column: str, ids: Sequence[UUID], title: Text, body: Text) -> Mapping[UUID, Message]:
    found = model._default_manager.filter(**{f"{column}__in": ids}).values_list(column, flat=True)
    return dict.fromkeys(found, Message(title, body))
