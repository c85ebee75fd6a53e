"""What becomes of notes as physicians write them: never a medicine that is stopped, past or somebody else's."""

from pathlib import Path

import pytest
import yaml

from apps.recommendations.medicines import knowledge
from apps.reminders.drafting import draft_from_text
from apps.reminders.drafting.layout import DONE

TABLE = yaml.safe_load((Path(__file__).parent / "physician_notes.yaml").read_text())
NOTHING, SOMETHING = TABLE["nothing"], TABLE["something"]


@pytest.mark.parametrize("note", NOTHING)
def test_nothing_is_drafted_from_what_asks_for_nothing_certain(note):
    draft = draft_from_text(note)
    assert (draft.plans, draft.tasks) == ((), ())


@pytest.mark.parametrize("case", SOMETHING, ids=lambda case: case["note"])
def test_what_is_asked_for_becomes_plans_and_tasks(case):
    draft = draft_from_text(case["note"])
    assert {plan.action: plan.duration_days for plan in draft.plans} == case["plans"]
    assert list(draft.tasks) == case["tasks"]


@pytest.mark.parametrize("note", [*NOTHING, *(case["note"] for case in SOMETHING)])
def test_no_line_that_names_a_medicine_is_lost(note):
    draft = draft_from_text(note)
    kept = " ".join([*(plan.action for plan in draft.plans), *draft.tasks, *draft.not_drafted])
    for line in note.splitlines():
        if not DONE.match(line):
            assert set(knowledge().medicines_in(line)) <= set(knowledge().medicines_in(kept))


def test_a_medicine_that_is_forbidden_past_or_of_another_is_shown_and_not_drafted():
    note = "Stop:\n- Warfarin 5 mg once daily\nPlan:\n- Consider aspirin 75 mg once daily\n- Rest"
    draft = draft_from_text(note)
    assert (draft.plans, draft.tasks) == ((), ("Rest",))
    assert draft.not_drafted == ("Warfarin 5 mg once daily", "Consider aspirin 75 mg once daily")
