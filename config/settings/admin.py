"""How the Django admin looks, and its navigation: by task."""

from typing import Any

from django.http import HttpRequest
from django.templatetags.static import static
from django.urls import reverse_lazy
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _


def _page(title: Promise, icon: str, model: str, **more: str) -> dict[str, Any]:
    """Return the navigation entry of a model's list; `badge` names what counts what waits there.

    Whoever may not see the page is not led to it.
    """
    app, name = model.split("_")

    def may_see(request: HttpRequest) -> bool:
        return request.user.has_perm(f"{app}.view_{name}")

    return {
        "title": title,
        "icon": icon,
        "link": reverse_lazy(f"admin:{model}_changelist"),
        "permission": may_see,
        **more,
    }


NAVIGATION = [
    {
        "title": _("Approvals"),
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
        ],
    },
    {
        "title": _("Appointments"),
        "items": [
            _page(_("Appointments"), "event", "appointments_appointment"),
            _page(_("Schedules"), "calendar_clock", "appointments_schedulerule"),
            _page(_("Absences"), "event_busy", "appointments_absence"),
            _page(_("Ratings"), "star", "appointments_rating"),
        ],
    },
    {
        "title": _("People"),
        "collapsible": True,
        "items": [
            _page(_("Patients"), "person", "patients_patient"),
            _page(_("Who manages whom"), "family_restroom", "patients_management"),
            _page(_("Caregivers"), "volunteer_activism", "patients_caregiver"),
            _page(_("Registrations"), "assignment_ind", "patients_hospitalregistration"),
            _page(_("Doctors"), "stethoscope", "hospitals_doctor"),
            _page(_("Staff"), "badge", "hospitals_staffmember"),
            _page(_("Departments"), "meeting_room", "hospitals_department"),
        ],
    },
    {
        "title": _("Reminding"),
        "collapsible": True,
        "items": [
            _page(_("Plans"), "checklist", "reminders_actionplan"),
            _page(_("Doses"), "medication", "reminders_dose"),
            _page(_("Tasks"), "task_alt", "reminders_checklistitem"),
            _page(_("Drafting"), "edit_note", "reminders_plandraft"),
            _page(_("Deliveries"), "outgoing_mail", "notifications_delivery"),
            _page(_("Providers"), "power", "notifications_breaker"),
            _page(_("Inboxes"), "inbox", "notifications_notification"),
            _page(_("Preferences"), "tune", "notifications_preferences"),
        ],
    },
    {
        "title": _("Care, without its words"),
        "collapsible": True,
        "items": [
            _page(_("Care relationships"), "diversity_1", "patients_carerelationship"),
            _page(_("Notes"), "clinical_notes", "records_note"),
            _page(_("Health records"), "folder_shared", "records_healthrecord"),
            _page(_("Annotations"), "comment", "records_annotation"),
            _page(_("Recommendations"), "recommend", "recommendations_recommendation"),
            _page(_("Chat"), "chat", "recommendations_chatmessage"),
        ],
    },
    {
        "title": _("Articles"),
        "collapsible": True,
        "items": [
            _page(_("Articles"), "article", "articles_article", badge="apps.articles.admin.waiting_articles"),
            _page(_("Comments"), "forum", "articles_comment"),
        ],
    },
    {
        "title": _("Security"),
        "collapsible": True,
        "items": [
            _page(_("Logins"), "account_circle", "accounts_user"),
            _page(_("Sessions"), "devices", "accounts_session"),
            _page(_("Consents"), "handshake", "accounts_consent"),
            _page(_("Key pairs"), "key", "accounts_keypair"),
            _page(_("Audit log"), "policy", "core_auditevent"),
            _page(_("Events on their way"), "sync_alt", "core_outboxevent"),
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
    "SITE_FAVICONS": [
        {"rel": "icon", "type": "image/svg+xml", "href": lambda request: static("core/favicon.svg")},
    ],
    "STYLES": [lambda request: static("core/admin.css")],
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
