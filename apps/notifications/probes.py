"""What notifications tell the people on call: how many messages are due in each channel, and how late the oldest is."""

from datetime import datetime
from typing import Any

from apps.core.health import Probe, ProbeResult, register_probe
from apps.notifications.selectors import figures_of_channels

LATEST_SECONDS = 120


def register() -> None:
    """Add the probe; it is reported, and decides nothing: a mail server that is away is no reason to stop serving."""
    register_probe(Probe("deliveries", ask_deliveries))


def ask_deliveries(now: datetime) -> ProbeResult:
    """Tell of each channel how many messages are due, how late the oldest is, and whether its provider is away."""
    facts: dict[str, Any] = {}
    figures = figures_of_channels(now=now)
    for each in figures:
        name = each.channel.lower()
        facts |= {f"{name}_waiting": each.waiting, f"{name}_oldest_seconds": each.oldest_seconds}
        facts |= {f"{name}_is_away": each.is_away}
    is_well = all(each.oldest_seconds <= LATEST_SECONDS and not each.is_away for each in figures)
    return ProbeResult(is_well=is_well, facts=facts)
