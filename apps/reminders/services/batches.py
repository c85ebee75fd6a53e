"""Many check-ins at once, such as those that were made without a connection."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from apps.accounts.models import User
from apps.core.errors import DomainError, NotFound
from apps.reminders.models import Dose
from apps.reminders.services.checking_in import check_in


@dataclass(frozen=True, slots=True)
class BatchAnswer:
    """What became of one check-in of a batch: the dose as it is now, or why it was refused."""

    dose_id: UUID
    dose: Dose | None
    refusal: DomainError | None


def check_in_batch(*, actor: User, answers: Sequence[dict[str, Any]], now: datetime) -> list[BatchAnswer]:
    """Check in each dose of `answers` (`dose`, `outcome`, `at`, `reason`), and tell what became of each, in order.

    One that is refused keeps none of the others back; a dose that is not the actor's is NotFound, as an absent one.
    """
    visible = Dose.objects.visible_to(actor).filter(pk__in=[answer["dose"] for answer in answers])
    plans = dict(visible.values_list("pk", "plan"))
    outcomes: dict[int, BatchAnswer] = {}
    # By plan, the order in which all lock: a batch in one transaction would else dead-lock with another one.
    for place in sorted(range(len(answers)), key=lambda place: (str(plans.get(answers[place]["dose"])), place)):
        outcomes[place] = _check_in_one(actor, answers[place], is_visible=answers[place]["dose"] in plans, now=now)
    return [outcomes[place] for place in range(len(answers))]


def _check_in_one(actor: User, answer: dict[str, Any], *, is_visible: bool, now: datetime) -> BatchAnswer:
    given = {name: value for name, value in answer.items() if name != "dose"}
    try:
        if not is_visible:
            raise NotFound
        dose = check_in(actor=actor, dose_id=answer["dose"], **given, now=now)
    except DomainError as refusal:
        return BatchAnswer(answer["dose"], None, refusal)
    return BatchAnswer(answer["dose"], dose, None)
