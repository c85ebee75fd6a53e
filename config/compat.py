"""The addresses of the five systems that CareLoop replaces: one table, each row another name of a door that is here.

Fields have their other names where they are read: `synonyms` of an input serializer (bodies) and of a filter set
(query parameters). What a frontend still has to change: docs/moving-from.md.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.urls import URLPattern, URLResolver, path
from django.views.decorators.csrf import csrf_exempt

Door = Callable[..., HttpResponseBase]
Entry = URLPattern | URLResolver


@dataclass(frozen=True, slots=True)
class Alias:
    """One address of an older system, under /api/v1/, and the address whose door answers.

    `methods` says which of its methods means which of ours, where they differ.
    """

    path: str
    target: str
    methods: Mapping[str, str] = field(default_factory=dict)


PUT_IS_PATCH = {"PUT": "PATCH"}

ALIASES = (
    # --- 000 CareSyncAI -------------------------------------------------------------------------------
    Alias("notes/create/", "notes/"),
    Alias("patient-notes/", "notes/"),
    # --- 001 CareHub ----------------------------------------------------------------------------------
    Alias("token/", "auth/login/"),
    Alias("token/refresh/", "auth/refresh/"),
    Alias("accounts/patients/register/", "auth/register/"),
    Alias("accounts/me/", "me/"),
    Alias("accounts/change-password/", "auth/password/change/"),
    Alias("accounts/otp/generate/", "access/otp/generate/"),
    Alias("accounts/otp/verify/", "access/otp/verify/"),
    Alias("accounts/users/", "users/"),
    Alias("accounts/dashboard-stats/", "dashboard/stats/"),
    Alias("records/prescriptions/", "prescriptions/"),
    Alias("records/prescriptions/create/", "prescriptions/"),
    Alias("records/prescriptions/<uuid:pk>/", "prescriptions/<uuid:pk>/"),
    Alias("records/prescriptions/<uuid:pk>/attachments/", "prescriptions/<uuid:pk>/attachments/"),
    Alias("records/reports/<uuid:pk>/", "records/<uuid:pk>/"),
    Alias("records/patients/<uuid:pk>/prescriptions/", "patients/<uuid:pk>/prescriptions/"),
    Alias("records/patients/<uuid:pk>/reports/", "patients/<uuid:pk>/reports/"),
    Alias("records/patients/<uuid:pk>/reports/upload/", "patients/<uuid:pk>/reports/upload/"),
    Alias("records/patients/<uuid:pk>/summary/", "patients/<uuid:pk>/summary/"),
    # --- 002 Smart Health Synchronizer ----------------------------------------------------------------
    Alias("users/profile/", "me/profile/"),
    Alias("doctors/schedules/my_schedules/", "doctors/my-schedules/"),
    Alias("doctors/schedules/my-schedules/", "doctors/my-schedules/"),
    Alias("appointments/<uuid:pk>/", "appointments/<uuid:pk>/status/", methods={"PUT": "PATCH", "PATCH": "PATCH"}),
    Alias("appointments/<uuid:pk>/delete-if-missed/", "appointments/<uuid:pk>/"),
    Alias("prescriptions/by_appointment/", "prescriptions/by-appointment/"),
    Alias("prescriptions/patient_history/", "prescriptions/patient-history/"),
    Alias("blog/posts/", "blogs/"),
    Alias("blog/posts/my_posts/", "blogs/my-posts/"),
    Alias("blog/posts/my-posts/", "blogs/my-posts/"),
    Alias("blog/posts/<uuid:pk>/", "blogs/<uuid:pk>/"),
    Alias("blog/posts/<uuid:pk>/increment_views/", "blogs/<uuid:pk>/increment-views/"),
    Alias("blog/posts/<uuid:pk>/increment-views/", "blogs/<uuid:pk>/increment-views/"),
    Alias("blog/comments/", "blogs/comments/"),
    Alias("blog/comments/my_comments/", "blogs/my-comments/"),
    Alias("blog/comments/my-comments/", "blogs/my-comments/"),
    Alias("blog/comments/<uuid:pk>/", "blogs/comments/<uuid:pk>/"),
    Alias("chat/", "chat/send-message/"),
    Alias("chat/medical/", "chat/send-message/"),
    Alias("predict/", "predict/disease/"),
    Alias("medical-records/", "visits/"),
    Alias("medical-records/<uuid:pk>/", "patients/<uuid:pk>/visits/"),
    Alias("medical-records/records/", "visits/"),
    Alias("medical-records/records/<uuid:pk>/", "visits/<uuid:pk>/", methods=PUT_IS_PATCH),
    # --- 003 Healthcare Management System -------------------------------------------------------------
    Alias("auth/token/refresh/", "auth/refresh/"),
    # --- 004 Health Record Management API -------------------------------------------------------------
    Alias("accounts/register/", "auth/register/"),
    Alias("accounts/login/", "auth/login/"),
    Alias("accounts/profile-create/", "me/patient/", methods={"POST": "PATCH"}),
    Alias("accounts/profile-update/", "me/patient/", methods=PUT_IS_PATCH),
    Alias("accounts/doctors/", "doctors/"),
    Alias("records/patient/", "records/"),
    Alias("records/patient/<uuid:pk>/", "records/<uuid:pk>/", methods=PUT_IS_PATCH),
    Alias("records/doctor/", "records/"),
    Alias("records/doctor/<uuid:pk>/", "records/<uuid:pk>/"),
    Alias("records/doctor/annotations/", "records/annotations/"),
    Alias("records/doctor/annotations/<uuid:pk>/", "records/annotations/<uuid:pk>/", methods=PUT_IS_PATCH),
)


def widened(entries: Iterable[Entry]) -> list[Entry]:
    """Return the API's addresses with those of the older systems.

    A new address comes last, where it costs nobody else anything; only one that adds methods to an address of ours has
    to come first.
    """
    ours = list(entries)
    doors: dict[str, Door] = {}
    for route, door in _doors(ours):
        doors.setdefault(route, door)
    theirs = {alias.path: path(alias.path, _door(alias, doors)) for alias in ALIASES}
    first = [pattern for route, pattern in theirs.items() if route in doors]
    last = [pattern for route, pattern in theirs.items() if route not in doors]
    return [*first, *ours, *last]


def _doors(entries: Iterable[Entry], prefix: str = "") -> Iterator[tuple[str, Door]]:
    for entry in entries:
        route = prefix + str(entry.pattern)
        if isinstance(entry, URLResolver):
            yield from _doors(entry.url_patterns, route)
        else:
            yield route, entry.callback


def _door(alias: Alias, doors: Mapping[str, Door]) -> Door:
    """Return the target's door as a plain function, so that neither schema nor permission table lists it twice."""
    theirs, own = doors[alias.target], doors.get(alias.path)

    @csrf_exempt  # As DRF's own views are: tokens sign each request, cookies none.
    def answer(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        method = str(request.method)
        if own is not None and method not in alias.methods:
            return own(request, *args, **kwargs)
        request.method = alias.methods.get(method, method)
        return theirs(request, *args, **kwargs)

    return answer
