"""A text that answers a question, as all who look for one hand it over."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Found:
    """A text, the work it stands on, the place in it, and whether it is a warning."""

    text: str
    source: str
    section: str
    is_danger: bool = False
