"""Rows of a parent, shown on the parent's page."""

from typing import Any

from django.http import HttpRequest
from unfold.admin import TabularInline


class LookedAtInline(TabularInline):  # type: ignore[misc]
    """Rows of a parent, to look at and to go on from; a page at a time."""

    extra = 0
    per_page = 20
    show_change_link = True
    can_delete = False
    tab = True

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Refuse: services make these rows."""
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Refuse: services change these rows."""
        return False
