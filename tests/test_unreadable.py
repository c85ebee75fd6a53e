"""A sealed text that does not open, such as one under a key that was lost, spoils nothing but itself.

In each sealed column one row of several is damaged, and every list that shows the column is asked: it answers, says of
the damaged row that it does not open, and shows the others.
"""

from collections.abc import Sequence
from typing import Any

import pytest
from django.utils import timezone

from apps.accounts.models import RecoveryCode
from apps.accounts.services.second_factor_codes import hash_recovery_code
from apps.core import sealing
from apps.core.sealing import SealedColumn, sealed_columns
from apps.core.testing.smtp import smtp_server
from apps.notifications.models import Delivery, Preferences
from apps.notifications.services.announcing import announce
from apps.notifications.services.delivering import deliver_pending
from apps.recommendations.models import ChatMessage, Recommendation
from apps.records.models import NoteKeyWrap
from apps.records.services.notes import write_note
from apps.reminders.choices import DoseState
from apps.reminders.models import ActionPlan, ChecklistItem, Dose, PlanDraft
from apps.reminders.services.entering import change_draft
from apps.reminders.services.plans import TextLost, activate_plan
from tests.totp import give_second_factor
from tests.world import PASSWORD, Circle, enter

pytestmark = pytest.mark.django_db
API = "/api/v1/"
SENTENCE = "This text cannot be opened. The people who run this service have been told."

PLANS = (
    ("patient", "action-plans/"),
    ("doctor", "action-plans/"),
    ("doctor", "action-plans/{plan}/"),
    ("patient", "reminders/"),
    ("patient", "reminders/calendar/"),
    ("doctor", "reminders/"),
    ("patient", "patients/{patient}/summary/"),
    ("doctor", "patients/{patient}/summary/"),
    ("patient", "patients/{patient}/adherence/"),
    ("doctor", "patients/{patient}/adherence/"),
    ("doctor", "reminders/adherence/"),
    ("doctor", "patients/{patient}/summary.pdf"),
    ("patient", "notifications/"),
)
# Of each column: who asks where. All of these answer 200, whatever is damaged.
SHOWN_AT: dict[str, Sequence[tuple[str, str]]] = {
    "reminders.actionplan.action_sealed": PLANS,
    "reminders.actionplan.dosage_sealed": (("patient", "action-plans/"), ("doctor", "action-plans/")),
    "reminders.actionplan.safety_sealed": (*PLANS[:3], *PLANS[6:8]),
    "reminders.plandraft.not_drafted_sealed": (("doctor", "plan-drafts/"),),
    "reminders.checklistitem.task_sealed": (("patient", "checklist-items/"), ("doctor", "checklist-items/")),
    "reminders.dose.skip_reason_sealed": (("patient", "reminders/"), ("patient", "reminders/calendar/")),
    "recommendations.recommendation.content_sealed": (("patient", "recommendations/history/"),),
    "recommendations.chatmessage.content_sealed": (("patient", "chat/history/"),),
}
WITHOUT_WORDS = {"reminders/adherence/", "patients/{patient}/summary.pdf"}  # Figures alone; pressed into a page.
# These are shown to nobody; what uses them is tested below and in apps/records (a note that does not open).
SHOWN_NOWHERE = {
    "accounts.keypair.private_key_sealed",
    "accounts.keypair.signing_private_key_sealed",
    "accounts.totpdevice.secret_sealed",
}


@pytest.fixture
def own(world) -> Circle:
    """The patient's circle, with two rows in each sealed column that is shown."""
    own = world.circles["own"]
    for number in (1, 2):
        task = ChecklistItem(patient=own.patient, relationship=own.relationship, generation=own.relationship.generation)
        task.seal_task(f"Task {number}")
        task.save()
        said = ChatMessage(user=own.user, knowledge_version="x")
        said.seal_content({"question": f"Question {number}", "answer": "Rest.", "sources": []})
        said.save()
    draft = PlanDraft.objects.get(note=own.note)
    draft.seal_not_drafted(["Warfarin as discussed"])
    draft.save()
    for dose in Dose.objects.filter(plan=own.plan)[:2]:
        dose.seal_skip_reason(f"Reason {dose.number}")
        dose.save()
    Dose.objects.filter(plan=own.plan, number=1).update(state=DoseState.TAKEN)  # So that adherence counts one.
    recommended = Recommendation.objects.get(requested_by=own.user)
    again = Recommendation(requested_by=own.user, knowledge_version="x", response_time_ms=1)
    again.seal_content(recommended.content)
    again.save()
    return own


def damage(column: SealedColumn, row: Any) -> None:
    """Let the row be sealed under a key that nobody has."""
    column.model._default_manager.filter(pk=row.pk).update(**{column.column: b"\x01\x04gone" + bytes(60)})


def named(name: str) -> SealedColumn:
    return next(column for column in sealed_columns() if column.name == name)


def victim(own: Circle, name: str) -> Any:
    """Return the row that is damaged: of plans the one whose dose is due, of drafts its note's, else the newest."""
    if "actionplan" in name:
        return own.plan
    if "plandraft" in name:
        return own.note.draft
    return named(name).model._default_manager.exclude(**{named(name).column: None}).order_by("pk").last()


def test_every_sealed_column_is_asked_for():
    assert {column.name for column in sealed_columns()} == SHOWN_AT.keys() | SHOWN_NOWHERE


@pytest.mark.parametrize(
    ("column", "person", "path"), [(name, *asked) for name, shown in SHOWN_AT.items() for asked in shown]
)
def test_a_list_with_one_text_that_does_not_open_shows_the_others(own, sign_in, column, person, path):
    address = API + path.format(plan=own.plan.pk, patient=own.patient.pk)
    before = sign_in(person).get(address)
    damage(named(column), victim(own, column))
    after = sign_in(person).get(address)
    assert (before.status_code, after.status_code) == (200, 200), after.content
    if path in WITHOUT_WORDS:
        return
    assert SENTENCE in after.content.decode()
    assert SENTENCE not in before.content.decode()
    for name in ("results", "days", "open_plans", "plans"):
        assert len(after.json().get(name) or ()) == len(before.json().get(name) or ())


def test_an_advice_that_does_not_open_is_not_called_safe(own, sign_in):
    damage(named("recommendations.recommendation.content_sealed"), Recommendation.objects.order_by("pk").last())
    shown = sign_in("patient").get(f"{API}recommendations/history/").json()["results"]
    lost = next(each for each in shown if each["medicine_name"] == SENTENCE)
    assert (lost["warnings"], lost["medicine"]) == ([], None)
    assert [(gap["kind"], gap["subject"]) for gap in lost["not_checked"]] == [("medicine", SENTENCE)]


def test_the_operator_is_told_once_and_without_a_word_of_it(own, sign_in, caplog):
    sealing.report_unopened.cache_clear()
    damage(named("reminders.actionplan.action_sealed"), own.plan)
    for _ in range(3):
        assert sign_in("patient").get(f"{API}action-plans/").status_code == 200
    told = [record for record in caplog.records if "sealed row does not open" in str(record.msg)]
    assert len(told) == 1
    assert str(own.plan.pk) in str(told[0].__dict__)
    assert "Amoxicillin" not in str(told[0].__dict__)


def test_an_e_mail_with_details_goes_out_without_the_one_that_does_not_open(own, settings):
    Delivery.objects.all().delete()
    Preferences.objects.create(user=own.user, allows_detail=True)
    announce("plan_changed", subject_id=own.plan.pk, recipient_ids=[own.user.pk], now=timezone.now())
    Delivery.objects.update(sequence=7)
    damage(named("reminders.actionplan.action_sealed"), own.plan)
    with smtp_server() as mail:
        for name, setting in mail.settings.items():
            setattr(settings, name, setting)
        assert deliver_pending() == 1
    assert SENTENCE in mail.taken[0].body


def test_a_running_plan_that_does_not_open_is_named_as_not_checked_beside_a_new_one(own):
    damage(named("reminders.actionplan.action_sealed"), own.plan)
    plan = enter(own.doctor, own.patient, "1 tablet daily for 3 days", now=timezone.now())
    assert SENTENCE in str(plan.safety_check["not_checked"])


class TestWritingOn:
    """The sentence is for readers; it is never stored, and nobody is reminded of it."""

    def test_a_draft_that_does_not_open_is_not_activated(self, own):
        damage(named("reminders.actionplan.action_sealed"), own.draft)
        with pytest.raises(TextLost):
            activate_plan(
                actor=own.doctor.user, plan_id=own.draft.pk, duration_days=2, total_doses=None, now=timezone.now()
            )

    @pytest.mark.parametrize("column", ["action_sealed", "dosage_sealed"])
    def test_nor_corrected_but_by_giving_the_text_anew(self, own, column):
        given = {"actor": own.doctor.user, "plan_id": own.draft.pk, "now": timezone.now()}
        damage(named(f"reminders.actionplan.{column}"), own.draft)
        with pytest.raises(TextLost):
            change_draft(**given, duration_days=3)
        change_draft(**given, action="Paracetamol", dosage_text="1 tablet daily for 3 days")
        mended = ActionPlan.objects.get(pk=own.draft.pk)
        assert (mended.action, mended.dosage_text) == ("Paracetamol", "1 tablet daily for 3 days")


def test_a_note_whose_readers_key_does_not_open_leaves_the_others(own, sign_in):
    write_note(actor=own.doctor.user, patient_id=own.patient.pk, text="Newer", replaces_plans=False, now=timezone.now())
    pair = NoteKeyWrap.objects.filter(note=own.note, key_pair__holder_id=own.patient.pk).get().key_pair
    damage(named("accounts.keypair.private_key_sealed"), pair)
    answer = sign_in("patient").get(f"{API}notes/")
    assert answer.status_code == 200
    assert {each["state"] for each in answer.json()["results"]} == {"UNREADABLE"}
    assert "Newer" in sign_in("doctor").get(f"{API}notes/").content.decode()


def test_a_second_factor_that_does_not_open_is_no_way_in_and_a_recovery_code_is(own, client):
    give_second_factor(own.user, confirmed_at=timezone.now())
    RecoveryCode.objects.create(user=own.user, code_hash=hash_recovery_code(user=own.user, code="abcd-efgh"))
    damage(named("accounts.totpdevice.secret_sealed"), own.user.totp_device)
    asked = {"username": own.user.username, "password": PASSWORD}
    for otp, status in (("123456", 401), ("abcd-efgh", 200)):
        answer = client.post(f"{API}auth/login/", {**asked, "otp": otp}, content_type="application/json")
        assert answer.status_code == status, answer.content
