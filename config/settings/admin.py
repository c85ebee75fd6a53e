"""How the Django admin looks, and its navigation: by task, in the order of the loop."""

from typing import Any

from django.urls import reverse_lazy
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _


def _page(title: Promise, icon: str, model: str, **more: str) -> dict[str, Any]:
    """Return the navigation entry of a model's list; `badge` names what counts what waits there."""
    return {"title": title, "icon": icon, "link": reverse_lazy(f"admin:{model}_changelist"), **more}


NAVIGATION = [
    {
        "title": _("Hospitals and doctors"),
        "items": [
            _page(
                _("Hospitals"),
                "local_hospital",
                "hospitals_hospital",
                badge="apps.hospitals.admin.places.waiting_hospitals",
            ),
            _page(
                _("Applications"),
                "how_to_reg",
                "hospitals_doctorapplication",
                badge="apps.hospitals.admin.doctors.waiting_applications",
            ),
            _page(_("Departments"), "meeting_room", "hospitals_department"),
            _page(_("Doctors"), "stethoscope", "hospitals_doctor"),
            _page(_("Staff"), "badge", "hospitals_staffmember"),
        ],
    },
    {
        "title": _("Care"),
        "items": [
            _page(_("Patients"), "person", "patients_patient"),
            _page(_("Care relationships"), "diversity_1", "patients_carerelationship"),
            _page(_("Schedules"), "calendar_clock", "appointments_schedulerule"),
            _page(_("Appointments"), "event", "appointments_appointment"),
            _page(_("Ratings"), "star", "appointments_rating"),
            _page(_("Notes"), "clinical_notes", "records_note"),
            _page(_("Plans"), "checklist", "reminders_actionplan"),
            _page(_("Doses"), "medication", "reminders_dose"),
        ],
    },
    {
        "title": _("Telling people"),
        "items": [
            _page(_("Deliveries"), "outgoing_mail", "notifications_delivery"),
            _page(_("Providers"), "power", "notifications_breaker"),
            _page(_("Inboxes"), "inbox", "notifications_notification"),
            _page(_("Preferences"), "tune", "notifications_preferences"),
            _page(_("Articles"), "article", "articles_article", badge="apps.articles.admin.waiting_articles"),
            _page(_("Comments"), "forum", "articles_comment"),
        ],
    },
    {
        "title": _("People and security"),
        "items": [
            _page(_("Logins"), "account_circle", "accounts_user"),
            _page(_("Sessions"), "devices", "accounts_session"),
            _page(_("Key pairs"), "key", "accounts_keypair"),
            _page(_("Audit log"), "policy", "core_auditevent"),
        ],
    },
]

UNFOLD = {
    "SITE_TITLE": "CareLoop",
    "SITE_HEADER": "CareLoop",
    "SITE_SYMBOL": "ecg_heart",
    "ACCOUNT": {"navigation": [{"title": _("Second factor"), "link": reverse_lazy("admin-second-factor")}]},
    "DASHBOARD_CALLBACK": "apps.overview.admin.dashboard",
    "SHOW_HISTORY": False,
    "SHOW_VIEW_ON_SITE": False,
    "SIDEBAR": {"show_search": True, "navigation": NAVIGATION},
    "COLORS": {
        "primary": {
            "50": "240 253 250",
            "100": "204 251 241",
            "200": "153 246 228",
            "300": "94 234 212",
            "400": "45 212 191",
            "500": "20 184 166",
            "600": "13 148 136",
            "700": "15 118 110",
            "800": "17 94 89",
            "900": "19 78 74",
            "950": "4 47 46",
        }
    },
}
