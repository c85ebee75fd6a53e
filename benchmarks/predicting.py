"""Predicting a disease from a paragraph of prose: milliseconds of one prediction, in this process."""

import time
from collections.abc import Iterator

from apps.recommendations.prediction import predictor
from benchmarks.report import Figure, spread
from benchmarks.sizes import Size
from benchmarks.stage import Stage

ROUNDS, PREDICTIONS = 7, 50
GOAL_MS = 5.0
TEXT = (
    "A 65-year-old man has had sudden weakness of the right arm and slurred speech for two hours. He denies chest "
    "pain, palpitations and headache. He smokes, has high blood pressure and diabetes, and takes aspirin. Blood "
    "pressure 172/98, pulse 92, temperature 36.9 C. He fell last week and has had a cough with green phlegm since."
)


def measure(stage: Stage, size: Size) -> Iterator[Figure]:
    """Yield the cost of one prediction; neither database nor web server takes part."""
    predictor().predict(text=TEXT)
    rounds = sorted(_round() for _ in range(ROUNDS))
    remark = f"{spread(rounds)} ms over {ROUNDS} rounds of {PREDICTIONS}"
    yield Figure("predict, one paragraph", rounds[ROUNDS // 2], "ms", at_most=GOAL_MS, remark=remark)


def _round() -> float:
    started = time.process_time()
    for _ in range(PREDICTIONS):
        predictor().predict(text=TEXT)
    return (time.process_time() - started) * 1000 / PREDICTIONS
