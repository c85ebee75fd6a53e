"""The registry of health probes: each app adds what it can tell about itself, one door asks them all."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any


@dataclass(frozen=True, slots=True)
class ProbeResult:
    """What a probe saw: whether it is well, and facts for the operator (no personal data)."""

    is_well: bool
    facts: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Probe:
    """A named question. `is_vital` probes decide `health/ready/`; the others are only reported in its body."""

    name: str
    ask: Callable[[datetime], ProbeResult]
    is_vital: bool = False


_probes: dict[str, Probe] = {}


def register_probe(probe: Probe) -> None:
    """Add a probe; a second one of the same name replaces the first."""
    _probes[probe.name] = probe


def probe_named(name: str) -> Probe:
    """Return the probe of that name; raises KeyError when no app registered it."""
    return _probes[name]


def ask_all(now: datetime) -> dict[str, tuple[Probe, ProbeResult]]:
    """Return every probe with its result; a probe that raises is unwell, and the others are still asked."""
    return {name: (probe, _ask(probe, now)) for name, probe in sorted(_probes.items())}


def _ask(probe: Probe, now: datetime) -> ProbeResult:
    try:
        return probe.ask(now)
    except Exception as failure:
        return ProbeResult(is_well=False, facts={"failure": type(failure).__name__})
