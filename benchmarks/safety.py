"""Checking a medicine against twenty that are taken: milliseconds of one check, in this process."""

import time
from collections.abc import Iterator

from apps.recommendations.medicines import knowledge
from apps.recommendations.safety import Allergy, Facts, Proposal, Sex, check_medicine
from benchmarks.report import Figure, spread
from benchmarks.sizes import Size
from benchmarks.stage import Stage

ROUNDS, MEDICINES, TAKEN = 7, 150, 20
GOAL_MS = 1.0


def measure(stage: Stage, size: Size) -> Iterator[Figure]:
    """Yield the cost of one check, over many medicines; neither database nor web server takes part."""
    names = [medicine.name for medicine in knowledge().medicines.values()]
    step = len(names) // MEDICINES
    proposed, taken = names[::step][:MEDICINES], names[1 :: len(names) // TAKEN][:TAKEN]
    facts = Facts(
        age=71,
        sex=Sex.FEMALE,
        weight_kg=64,
        allergies=(Allergy("Penicillin", "SEVERE"), Allergy("Latex")),
        conditions=("Type 2 diabetes", "Atrial fibrillation", "CKD stage 3", "Asthma"),
        current_medicines=tuple(taken),
    )
    _round(proposed, facts)
    rounds = sorted(_round(proposed, facts) for _ in range(ROUNDS))
    remark = f"{spread(rounds)} ms over {ROUNDS} rounds of {len(proposed)} medicines"
    name = f"safety, one medicine against {len(taken)}"
    yield Figure(name, rounds[ROUNDS // 2], "ms", at_most=GOAL_MS, remark=remark)


def _round(proposed: list[str], facts: Facts) -> float:
    started = time.process_time()
    for medicine in proposed:
        check_medicine(Proposal(medicine), facts, knowledge())
    return (time.process_time() - started) * 1000 / len(proposed)
