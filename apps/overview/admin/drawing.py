"""Bars of a drawing: counts in, rectangles out. The page draws them itself, so no library comes from anywhere."""

from collections.abc import Sequence
from dataclasses import dataclass

HEIGHT = 80  # Units, from the axis to the highest bar.
WIDTH = 20
GAP = 4

GOOD, BAD, OPEN, OVER = "#0d9488", "#dc2626", "#38bdf8", "#94a3b8"  # Told apart on light and on dark.


@dataclass(frozen=True, slots=True)
class Part:
    """A piece of a bar: what it counts, in which colour."""

    fill: str
    count: int


@dataclass(frozen=True, slots=True)
class Bar:
    """One bar before it is drawn: what it says to whoever rests on it, and its parts from the axis up."""

    words: str
    parts: Sequence[Part]


@dataclass(frozen=True, slots=True)
class Rectangle:
    """A piece of a bar as it is drawn."""

    fill: str
    y: float
    height: float


@dataclass(frozen=True, slots=True)
class DrawnBar:
    """A bar as it is drawn."""

    x: int
    width: int
    words: str
    parts: list[Rectangle]


@dataclass(frozen=True, slots=True)
class Chart:
    """A drawing, with what its colours mean and what stands at its two ends."""

    title: str
    words: str
    legend: list[tuple[str, str]]
    bars: list[DrawnBar]
    width: int
    height: int
    first: str
    last: str
    most: int


def drawn(
    bars: Sequence[Bar], *, title: str, words: str, legend: list[tuple[str, str]], ends: tuple[str, str]
) -> Chart:
    """Return the chart of the bars; the highest one reaches the top."""
    most = max((sum(part.count for part in bar.parts) for bar in bars), default=0)
    drawn_bars = [
        DrawnBar(number * WIDTH, WIDTH - GAP, bar.words, _stacked(bar.parts, most or 1))
        for number, bar in enumerate(bars)
    ]
    return Chart(title, words, legend, drawn_bars, max(1, len(bars)) * WIDTH - GAP, HEIGHT, *ends, most)


def _stacked(parts: Sequence[Part], most: int) -> list[Rectangle]:
    rectangles, top = [], float(HEIGHT)
    for part in parts:
        height = round(HEIGHT * part.count / most, 1)
        top = round(top - height, 1)
        if height:
            rectangles.append(Rectangle(part.fill, top, height))
    return rectangles
