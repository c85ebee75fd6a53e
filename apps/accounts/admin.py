"""Logins and sessions, for administrators. No page shows a key, a token, a code or a hash."""

from functools import partial
from typing import cast

from django.contrib import admin
from django.contrib.auth.models import Group
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from apps.accounts.choices import EndReason
from apps.accounts.models import SEARCHED, Consent, KeyPair, Session, User
from apps.accounts.services.passwords import send_reset
from apps.accounts.services.second_factor import remove_second_factor
from apps.accounts.services.sessions import end_all_sessions
from apps.accounts.services.users import activate_user, suspend_user
from apps.core.admin import LookedAtInline, ReadOnlyAdmin, act_on_each

admin.site.unregister(Group)  # Roles are columns and rows here, not groups.

SESSION_COLUMNS = ("agent", "address", "created_at", "last_used_at", "expires_at", "ended_at", "end_reason")


class SessionInline(LookedAtInline):
    """The sign-ins of one login, newest first."""

    model = Session
    fields = readonly_fields = SESSION_COLUMNS
    ordering = ("-id",)
    per_page = 10


class GuardedAdmin(ReadOnlyAdmin):
    """A page about rows that hold more than it shows."""

    def lookup_allowed(self, lookup: str, value: str, request: HttpRequest | None = None) -> bool:
        """Refuse to filter by what the page does not show: a hash could be guessed letter by letter."""
        return lookup.partition("__")[0] in {"id", *self.fields} and super().lookup_allowed(lookup, value, request)


@admin.register(User)
class UserAdmin(GuardedAdmin):
    """Logins."""

    list_display = ("username", "email", "name", "role", "is_active", "second_factor", "created_at")
    list_select_related = ("totp_device",)
    list_filter = ("role", "is_active", "is_staff", "must_change_password")
    search_fields = SEARCHED  # By index; whom a phone number belongs to, the page of patients finds.
    search_help_text = _("Letters of a username, an e-mail or a name")
    fields = (
        *("username", "email", "email_verified_at", "first_name", "last_name", "phone", "role"),
        *("is_active", "suspended_at", "must_change_password", "second_factor", "is_staff", "is_superuser"),
        *("is_self_registered", "created_at", "updated_at"),
    )
    inlines = (SessionInline,)
    actions = ("suspend", "activate", "end_sessions", "send_password_reset", "remove_second_factor")

    @admin.display(boolean=True, description=_("second factor"))
    def second_factor(self, user: User) -> bool:
        """Return whether one is in use."""
        return user.has_second_factor

    @admin.action(description=_("Suspend: they are signed out at once"))
    def suspend(self, request: HttpRequest, users: QuerySet[User]) -> None:
        """Suspend the chosen logins."""
        act = partial(suspend_user, actor=_actor(request), now=timezone.now())
        act_on_each(self, request, users, lambda user: act(user=user), done=str(_("Suspended")))

    @admin.action(description=_("Activate"))
    def activate(self, request: HttpRequest, users: QuerySet[User]) -> None:
        """Let the chosen logins work again."""
        act = partial(activate_user, actor=_actor(request), now=timezone.now())
        act_on_each(self, request, users, lambda user: act(user=user), done=str(_("Activated")))

    @admin.action(description=_("Sign out everywhere"))
    def end_sessions(self, request: HttpRequest, users: QuerySet[User]) -> None:
        """End every session of the chosen logins."""
        act = partial(end_all_sessions, actor=_actor(request), reason=EndReason.ENDED_BY_ADMIN, now=timezone.now())
        act_on_each(self, request, users, lambda user: act(user=user), done=str(_("Signed out")))

    @admin.action(description=_("Send a code to reset the password"))
    def send_password_reset(self, request: HttpRequest, users: QuerySet[User]) -> None:
        """Send a reset code to the chosen logins whose address is confirmed."""
        act = partial(send_reset, actor=_actor(request), now=timezone.now())
        act_on_each(self, request, users, lambda user: act(user=user), done=str(_("Code sent")))

    @admin.action(description=_("Remove the second factor, after the person has shown who they are"))
    def remove_second_factor(self, request: HttpRequest, users: QuerySet[User]) -> None:
        """Let the chosen logins in without the device that they lost; they are signed out and told."""
        act = partial(remove_second_factor, actor=_actor(request), now=timezone.now())
        act_on_each(self, request, users, lambda user: act(user=user), done=str(_("Second factor removed")))


@admin.register(Session)
class SessionAdmin(GuardedAdmin):
    """Sign-ins."""

    list_display = ("user", *SESSION_COLUMNS)
    list_select_related = ("user",)
    list_filter = ("end_reason",)
    search_fields = ("user__username",)
    fields = ("user", *SESSION_COLUMNS)


@admin.register(Consent)
class ConsentAdmin(ReadOnlyAdmin):
    """Who agreed to what, when."""

    list_display = ("user", "version", "given_at")
    list_select_related = ("user",)


@admin.register(KeyPair)
class KeyPairAdmin(GuardedAdmin):
    """Which key pairs there are; no key is shown."""

    list_display = ("id", "holder_id", "custody", "algorithm", "created_at", "replaced_at")
    fields = ("holder_id", "custody", "algorithm", "created_at", "replaced_at")
    list_filter = ("custody",)


def _actor(request: HttpRequest) -> User:
    return cast(User, request.user)
