"""One patient's rows in every sealed column, people who go on making more of them, and whether all of them open."""

import io
from datetime import datetime, timedelta
from typing import Any

from django.core.management import call_command
from django.db import models

from apps.accounts.models import KeyPair, TotpDevice
from apps.accounts.services.keys import ensure_key_pair, receiver_of, signing_key_of
from apps.core import crypto
from apps.core.crypto import CannotOpen
from apps.core.ids import uuid7
from apps.core.sealing import SealedColumn, rows_by_key, sealed_columns
from apps.recommendations.models import ChatMessage, Recommendation
from apps.records.models import Note
from apps.records.services.notes import open_notes, write_note
from apps.reminders.choices import PlanState
from apps.reminders.models import ActionPlan, ChecklistItem, Dose, PlanDraft
from tests.care import make_care
from tests.totp import give_second_factor
from tests.world import make_user

ACTION = "Amoxicillin 500 mg"
EVERY_EIGHT_HOURS = {"kind": "INTERVAL", "hours": 8}


class Stock:
    """At least one row in each sealed column. Each act is something that goes on meanwhile; it fails when it cannot."""

    def __init__(self, now: datetime, *, name: str = "", plans: int = 20) -> None:
        """Make the rows; `name` tells a second stock from the first."""
        self.now = now
        self.care = make_care(now, name=name)
        self.note = self._write("first")
        ActionPlan.objects.bulk_create(self._plan() for _ in range(plans))
        self._dose_and_task()
        self._advice()
        give_second_factor(self.care.manager, confirmed_at=now)

    def read_first(self) -> str:
        """Return the first note's text, read by the patient."""
        (opened,) = open_notes(actor=self.care.manager, notes=[self.note])
        return opened.text

    def write_and_read_notes(self) -> None:
        """Write a note, and read it and the first."""
        note = self._write("meanwhile")
        opened = open_notes(actor=self.care.manager, notes=[self.note, note])
        assert [each.text for each in opened] == ["first", "meanwhile"]

    def write_and_read_plans(self) -> None:
        """Make a plan, and read some."""
        self._plan().save()
        assert {plan.action for plan in ActionPlan.objects.order_by("?")[:20]} == {ACTION}

    def make_and_load_keys(self) -> None:
        """Make somebody's key pair, and load that of the patient."""
        assert receiver_of(ensure_key_pair(holder_id=uuid7()))
        assert signing_key_of(KeyPair.objects.get(holder_id=self.care.patient.pk))

    def give_and_read_second_factors(self) -> None:
        """Give a new login a second factor, and read it and the first."""
        give_second_factor(make_user(f"user{uuid7().hex}"), confirmed_at=None)
        for device in TotpDevice.objects.order_by("?")[:5]:
            assert crypto.unseal(device.secret_sealed, place=device.place)

    @property
    def acts(self) -> list[Any]:
        """Return everything that goes on."""
        notes_and_plans = [self.write_and_read_notes, self.write_and_read_plans]
        return [*notes_and_plans, self.make_and_load_keys, self.give_and_read_second_factors]

    def _write(self, text: str) -> Note:
        doctor, patient = self.care.doctor.user, self.care.patient
        return write_note(actor=doctor, patient_id=patient.pk, text=text, replaces_plans=False, now=self.now)

    def _plan(self) -> ActionPlan:
        whose = {"patient": self.care.patient, "relationship": self.care.relationship, "generation": 1}
        plan = ActionPlan(**whose, state=PlanState.ACTIVE, schedule=EVERY_EIGHT_HOURS, time_zone="UTC")
        plan.seal_texts(action=ACTION, dosage_text="daily")
        plan.seal_safety({})
        return plan

    def _dose_and_task(self) -> None:
        plan = ActionPlan.objects.filter(patient=self.care.patient).first()
        window = {"misses_at": self.now + timedelta(hours=8), "local_date": self.now.date()}
        dose = Dose(plan=plan, number=1, due_at=self.now, **window)
        dose.seal_skip_reason("Felt sick")
        dose.save()
        draft = PlanDraft(note=self.note, next_attempt_at=self.now)
        draft.seal_not_drafted(["Warfarin as discussed"])
        draft.save()
        whose = {"patient": self.care.patient, "relationship": self.care.relationship, "generation": 1}
        task = ChecklistItem(note=self.note, **whose)
        task.seal_task("Drink water")
        task.save()

    def _advice(self) -> None:
        asked = Recommendation(requested_by=self.care.manager, knowledge_version="x", response_time_ms=1)
        for row in (asked, ChatMessage(user=self.care.manager, knowledge_version="x")):
            row.seal_content({"question": "A cold"})
            row.save()


def plans() -> models.QuerySet[ActionPlan]:
    """Return every plan, oldest first."""
    return ActionPlan.objects.order_by("pk")


def rows_in(column: SealedColumn) -> models.QuerySet[Any]:
    """Return the rows in which something is sealed in this column."""
    return column.model._default_manager.exclude(**{column.column: None}).order_by("pk")


def unreadable() -> list[str]:
    """Return what does not open, of all that is sealed."""
    return [
        f"{column.name} {row.pk}" for column in sealed_columns() for row in rows_in(column) if not _opens(column, row)
    ]


def _opens(column: SealedColumn, row: Any) -> bool:
    try:
        return bool(crypto.unseal(getattr(row, column.column), place=column.place(row)))
    except CannotOpen:
        return False


def rows_under(kid: str) -> dict[str, int]:
    """Return how many rows are sealed under a key, by column."""
    counted = {column.name: rows_by_key(column).get(kid, 0) for column in sealed_columns()}
    return {name: rows for name, rows in counted.items() if rows}


def rotate() -> str:
    """Run the command, and return what it tells."""
    told = io.StringIO()
    call_command("rotate_master_key", stdout=told)
    return told.getvalue()
