"""The first page of the admin: the cards of the day, and how telling people went in the last hours."""

from typing import Any

from django.http import HttpRequest
from django.utils import timezone

from apps.appointments.admin.dashboard import with_cards
from apps.notifications.selectors import HourOfDeliveries, deliveries_by_hour

HEIGHT = 80  # Units of the drawing, from the axis to the highest bar.
WIDTH = 20


def dashboard(request: HttpRequest, context: dict[str, Any]) -> dict[str, Any]:
    """Return the page's context with cards and chart. It shows counts and seconds, and nobody's name."""
    return {**with_cards(request, context), "deliveries": drawn(deliveries_by_hour(now=timezone.now()))}


def drawn(hours: list[HourOfDeliveries]) -> dict[str, Any]:
    """Return the bars of a drawing: each hour's messages by what became of them, and how late they were."""
    most = max((each.sent + each.failed + each.waiting for each in hours), default=0) or 1
    latest = max((each.late_seconds for each in hours), default=0.0)
    bars = [_bar(number, each, most) for number, each in enumerate(hours)]
    sent, failed = sum(each.sent for each in hours), sum(each.failed for each in hours)
    settled = sent + failed
    success = 100 * sent / settled if settled else 100.0
    return {"bars": bars, "height": HEIGHT, "width": max(24, len(hours)) * WIDTH, "latest": latest, "success": success}


def _bar(number: int, hour: HourOfDeliveries, most: int) -> dict[str, Any]:
    sent, failed, waiting = (round(HEIGHT * part / most, 1) for part in (hour.sent, hour.failed, hour.waiting))
    parts = [
        {"fill": "#0d9488", "height": sent, "y": HEIGHT - sent},
        {"fill": "#dc2626", "height": failed, "y": HEIGHT - sent - failed},
        {"fill": "#94a3b8", "height": waiting, "y": HEIGHT - sent - failed - waiting},
    ]
    return {"x": number * WIDTH, "parts": parts, "hour": hour}
