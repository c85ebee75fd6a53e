"""What was measured, beside what is to be reached: one table that a person reads."""

from collections.abc import Iterable
from dataclasses import dataclass
from statistics import median


@dataclass(frozen=True, slots=True)
class Figure:
    """One measured figure and, where there is one, its goal: a most or a least."""

    operation: str
    value: float
    unit: str
    at_most: float | None = None
    at_least: float | None = None
    remark: str = ""

    @property
    def written(self) -> str:
        """Return the figure with its unit."""
        return _written(self.value, self.unit)

    @property
    def goal(self) -> str:
        """Return the goal in words."""
        if self.at_most is not None:
            return f"<= {_written(self.at_most, self.unit)}"
        return f">= {_written(self.at_least, self.unit)}" if self.at_least is not None else ""

    @property
    def reached(self) -> str:
        """Return whether the goal is reached, in a word; nothing where there is no goal."""
        if self.at_most is not None:
            return "yes" if self.value <= self.at_most else "NO"
        if self.at_least is not None:
            return "yes" if self.value >= self.at_least else "NO"
        return ""


def table(figures: Iterable[Figure]) -> str:
    """Return the figures as lines of text in columns, each with its remark below it."""
    shown = list(figures)
    heads = ("operation", "figure", "goal", "reached")
    rows = [(f.operation, f.written, f.goal, f.reached) for f in shown]
    widths = [max(len(row[i]) for row in (heads, *rows)) for i in range(len(heads))]
    lines = [_line(heads, widths), _line(tuple("-" * width for width in widths), widths)]
    for row, figure in zip(rows, shown, strict=True):
        lines += [_line(row, widths), *([f"    {figure.remark}"] if figure.remark else [])]
    return "\n".join(lines)


def spread(values: Iterable[float]) -> str:
    """Return the median of several rounds with the smallest and the largest, to see how calm the machine was."""
    ordered = sorted(values)
    return f"{median(ordered):.2f} ({ordered[0]:.2f} to {ordered[-1]:.2f})"


def _line(row: tuple[str, ...], widths: list[int]) -> str:
    first, figure, *rest = row
    cells = [
        first.ljust(widths[0]),
        figure.rjust(widths[1]),
        *(text.ljust(width) for text, width in zip(rest, widths[2:], strict=True)),
    ]
    return "  ".join(cells).rstrip()


def _written(value: float, unit: str) -> str:
    digits = 0 if value >= 1_000 else 2
    text = f"{value:,.{digits}f}"
    return f"{text}{unit}" if unit == "x" else f"{text} {unit}"
