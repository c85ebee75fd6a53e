"""The cards on the first page of the admin."""

from typing import Any

from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from apps.appointments.selectors import office_figures


def with_cards(request: HttpRequest, context: dict[str, Any]) -> dict[str, Any]:
    """Return the page's context with the cards: visits of today, requests without a doctor, missed visits."""
    figures = office_figures(now=timezone.now())
    page = reverse("admin:appointments_appointment_changelist")
    cards = [
        {
            "title": _("Today"),
            "figure": figures.today,
            "words": _("visits, where each doctor works"),
            "link": f"{page}?day=today",
        },
        {
            "title": _("Waiting"),
            "figure": figures.waiting,
            "words": _("requests to which no doctor is assigned"),
            "link": f"{page}?status__exact=REQUESTED",
        },
        {
            "title": _("Missed"),
            "figure": f"{figures.no_show_percent:.1f} %",
            "words": _("of the visits of the last 30 days"),
            "link": f"{page}?status__exact=NO_SHOW",
        },
    ]
    return {**context, "cards": cards}
