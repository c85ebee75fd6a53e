"""Logins and sessions, for administrators. No page shows a key, a token or a hash."""

from django.contrib import admin
from django.contrib.auth.models import Group

from apps.accounts.models import Consent, KeyPair, Session, User
from apps.core.admin import ReadOnlyAdmin

admin.site.unregister(Group)  # Roles are columns and rows here, not groups.


@admin.register(User)
class UserAdmin(ReadOnlyAdmin):
    """Logins."""

    list_display = ("username", "email", "name", "role", "is_active", "created_at")
    list_filter = ("role", "is_active", "is_staff")
    search_fields = ("username", "email", "first_name", "last_name", "phone")
    fields = (
        *("username", "email", "first_name", "last_name", "phone", "role"),
        *("is_active", "is_staff", "is_superuser", "is_self_registered", "last_login", "created_at", "updated_at"),
    )


@admin.register(Session)
class SessionAdmin(ReadOnlyAdmin):
    """Sign-ins."""

    list_display = ("user", "created_at", "last_used_at", "expires_at", "ended_at", "end_reason", "address")
    list_select_related = ("user",)
    search_fields = ("user__username",)
    exclude = ("refresh_id",)


@admin.register(Consent)
class ConsentAdmin(ReadOnlyAdmin):
    """Who agreed to what, when."""

    list_display = ("user", "version", "given_at")
    list_select_related = ("user",)


@admin.register(KeyPair)
class KeyPairAdmin(ReadOnlyAdmin):
    """Which key pairs there are; no key is shown."""

    list_display = ("id", "holder_id", "custody", "algorithm", "created_at", "replaced_at")
    fields = ("holder_id", "custody", "algorithm", "created_at", "replaced_at")
    list_filter = ("custody",)
