"""Turning notes into drafts: claim, commit, open and read the note, record."""

import logging
from collections.abc import Sequence
from contextlib import suppress
from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction

from apps.accounts.choices import Custody
from apps.core.errors import DomainError
from apps.core.wakeups import wake_after_commit
from apps.notifications.services.announcing import announce
from apps.recommendations.services.drafting import drafted_items
from apps.records.models import Note
from apps.records.services.notes import OpenedNote, open_note_for_drafting
from apps.reminders.choices import DraftState
from apps.reminders.drafting import Draft, DraftedPlan, draft_from_text
from apps.reminders.models import ActionPlan, ChecklistItem, PlanDraft
from apps.reminders.services.plans import activate_plan
from apps.reminders.services.safety_gate import leave_no_doubt, record_checks

logger = logging.getLogger(__name__)

LEASE = timedelta(minutes=2)
MOST_ATTEMPTS = 5


def request_draft(*, note_id: UUID, now: datetime) -> None:
    """Queue the drafting of plans from a note; asking twice is asking once.

    A note that is encrypted end to end is never tried: announces `note_is_end_to_end` to its author at once.
    """
    note = Note.objects.only("custody", "author").get(pk=note_id)
    is_sealed = note.custody == Custody.CLIENT
    state = DraftState.END_TO_END if is_sealed else DraftState.PENDING
    with transaction.atomic():
        PlanDraft.objects.bulk_create(
            [PlanDraft(note_id=note_id, state=state, next_attempt_at=now)], ignore_conflicts=True
        )
        if is_sealed:
            announce("note_is_end_to_end", subject_id=note_id, recipient_ids=[note.author_id], now=now)
        else:
            wake_after_commit("drafts")


def draft_plans(*, now: datetime, limit: int = 50) -> int:
    """Draft plans from up to `limit` waiting notes and return how many notes were read."""
    drafted = 0
    while drafted < limit and (work := _claim(now)):
        _draft_one(work, now)
        drafted += 1
    return drafted


def _claim(now: datetime) -> PlanDraft | None:
    """Lease one waiting draft; a worker that dies lets it wait again when the lease is over."""
    with transaction.atomic():
        waiting = PlanDraft.objects.filter(state=DraftState.PENDING, next_attempt_at__lte=now)
        work = waiting.order_by("next_attempt_at").select_for_update(skip_locked=True).first()
        if work:
            work.attempts += 1
            work.next_attempt_at = now + LEASE
            work.save(update_fields=["attempts", "next_attempt_at", "updated_at"])
    return work


def _draft_one(work: PlanDraft, now: datetime) -> None:
    try:
        _record_draft(work, _read(open_note_for_drafting(note_id=work.note_id)), now)
    except Exception as failure:  # One note must not hold up the others, whatever is wrong with it.
        _record_failure(work, failure, now)


def _read(opened: OpenedNote) -> Draft:
    """Return what the note asks for; a language model, where there is one, says which lines ask for something."""
    names = [opened.note.author.name, opened.note.patient.name]
    pointed_at = drafted_items(opened.text, names=names)
    return draft_from_text(opened.text, asked_for={each.action for each in pointed_at.items} if pointed_at else ())


def _record_draft(work: PlanDraft, found: Draft, now: datetime) -> None:
    with transaction.atomic():
        locked = _locked_while_pending(work)
        if locked is None:
            return
        note = Note.objects.select_related("relationship__doctor", "patient", "author").get(pk=work.note_id)
        plans = _store(note, found, now)
        locked.state = DraftState.DRAFTED
        locked.seal_not_drafted(found.not_drafted)
        locked.save(update_fields=["state", "not_drafted_sealed", "updated_at"])
        ready = leave_no_doubt(plans) if note.activates_plans else []
        if len(plans) > _activated(note, ready, now):
            announce("plan_drafted", subject_id=note.pk, recipient_ids=[note.author_id], now=now)
        if found.not_drafted:
            announce("lines_not_drafted", subject_id=note.pk, recipient_ids=[note.author_id], now=now)


def _record_failure(work: PlanDraft, failure: Exception, now: datetime) -> None:
    """Let it wait for its next attempt, and in the end tell the doctor; the note stands whatever becomes of this."""
    reason = type(failure).__name__
    logger.warning("drafting failed", extra={"note_id": str(work.note_id), "failure": reason})
    with transaction.atomic():
        locked = _locked_while_pending(work)
        if locked is None:
            return
        locked.last_failure = reason
        if locked.attempts >= MOST_ATTEMPTS:
            locked.state = DraftState.FAILED
            author_id = Note.objects.values_list("author_id", flat=True).get(pk=locked.note_id)
            announce("drafting_failed", subject_id=locked.note_id, recipient_ids=[author_id], now=now)
        locked.save(update_fields=["state", "last_failure", "updated_at"])


def _locked_while_pending(work: PlanDraft) -> PlanDraft | None:
    """Return the work, locked and read again; None when a worker that took over an expired lease was faster."""
    return PlanDraft.objects.select_for_update().filter(pk=work.pk, state=DraftState.PENDING).first()


def _activated(note: Note, plans: Sequence[ActionPlan], now: datetime) -> int:
    """Activate the plans as the doctor asked in the note, and return how many; one that cannot be stays a draft."""
    activated = 0
    for plan in plans:
        with suppress(DomainError), transaction.atomic():
            activate_plan(actor=note.author, plan_id=plan.pk, duration_days=None, total_doses=None, now=now)
            activated += 1
    return activated


def _store(note: Note, found: Draft, now: datetime) -> list[ActionPlan]:
    plans = [_plan(note, drafted) for drafted in found.plans]
    record_checks(plans, now=now)
    ActionPlan.objects.bulk_create(plans)
    whose = {"patient": note.patient, "relationship": note.relationship, "generation": note.generation}
    items = [ChecklistItem(note=note, **whose) for _ in found.tasks]
    for item, task in zip(items, found.tasks, strict=True):
        item.seal_task(task)
    ChecklistItem.objects.bulk_create(items)
    return plans


def _plan(note: Note, drafted: DraftedPlan) -> ActionPlan:
    plan = ActionPlan(
        patient=note.patient,
        relationship=note.relationship,
        generation=note.generation,
        note=note,
        schedule=drafted.schedule.as_json(),
        duration_days=drafted.duration_days,
        time_zone=note.patient.time_zone,
    )
    plan.seal_texts(action=drafted.action, dosage_text=drafted.dosage_text)
    return plan
