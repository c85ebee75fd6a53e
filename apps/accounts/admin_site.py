"""Signing in to the admin: through the same service as the API, with the second factor, the budgets and the audit."""

from collections.abc import Callable
from typing import Any, cast
from uuid import UUID

from django import forms
from django.contrib import admin
from django.contrib.auth import login, logout
from django.contrib.auth.mixins import UserPassesTestMixin
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from django.urls import reverse, reverse_lazy
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.views.generic import FormView
from unfold.forms import AuthenticationForm
from unfold.widgets import UnfoldAdminPasswordWidget, UnfoldAdminTextInputWidget

from apps.accounts.models import Session, User
from apps.accounts.permissions import PasswordChangeRequired, owed_by
from apps.accounts.services import passwords, second_factor
from apps.accounts.services.sessions import end_session, open_session, sign_in
from apps.accounts.working import works
from apps.core.errors import DomainError, InvalidInput, TooManyAttempts

SESSION_KEY = "careloop_session"
LEAVING = "/admin/logout/"
SPARED = ("/admin/login/", LEAVING, "/admin/jsi18n/")  # Open whatever the login owes.


class AdminSignInForm(AuthenticationForm):  # type: ignore[misc]
    """Asks for the second factor too, and opens a session of the house for the browser's."""

    otp = forms.CharField(
        label=_("Code of your second factor, if you have one"),
        required=False,
        max_length=20,
        widget=UnfoldAdminTextInputWidget(attrs={"autocomplete": "one-time-code", "inputmode": "numeric"}),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["username"].label = _("Username or e-mail")

    def clean(self) -> dict[str, Any]:
        """Sign in; every refusal is shown in the form's own words."""
        name, password = self.cleaned_data.get("username"), self.cleaned_data.get("password")
        if name and password:
            self._sign_in(name, password, self.cleaned_data.get("otp", ""))
        cleaned: dict[str, Any] = self.cleaned_data
        return cleaned

    def _sign_in(self, name: str, password: str, otp: str) -> None:
        try:
            session = sign_in(identifier=name, password=password, otp=otp, now=timezone.now(), is_for_admin=True)
        except DomainError as refusal:
            raise forms.ValidationError(_words(refusal), code=refusal.code) from refusal
        self.user_cache = session.user
        self.request.session[SESSION_KEY] = str(session.pk)


class AdminSessionMiddleware:
    """Signs a browser out whose session of the house has ended, and leads whoever owes something to its page."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        """Answer, signed out when the session is over; a login that owes something gets no other page."""
        if request.path.startswith("/admin/") and request.user.is_authenticated:
            if not is_session_open(request):
                logout(request)
            elif request.path == LEAVING and request.method == "POST":
                end_admin_session(request)
            elif request.path not in SPARED:
                return self._after_what_is_owed(request)
        return self.get_response(request)

    def _after_what_is_owed(self, request: HttpRequest) -> HttpResponseBase:
        owed = owed_by(cast(User, request.user))
        if owed is None:
            return self.get_response(request)
        page = reverse("admin-password" if isinstance(owed, PasswordChangeRequired) else "admin-second-factor")
        return self.get_response(request) if request.path == page else redirect(page)


def is_session_open(request: HttpRequest) -> bool:
    """Return whether the house's session behind the browser's is open and its login works."""
    session_id = request.session.get(SESSION_KEY)
    sessions = Session.objects.open(now=timezone.now()).filter(works("user__"), user=request.user.pk)
    return session_id is not None and sessions.filter(pk=session_id).exists()


def end_admin_session(request: HttpRequest) -> None:
    """End the house's session behind the browser's: leaving the admin leaves nothing open."""
    session_id = UUID(request.session[SESSION_KEY])
    end_session(session_id=session_id, actor=cast(User, request.user), now=timezone.now())


class OwnPage(UserPassesTestMixin, FormView):  # type: ignore[type-arg] # not generic at run time
    """A page of the admin about one's own login."""

    login_url = reverse_lazy("admin:login")

    def test_func(self) -> bool:
        """Return whether the caller may open the admin at all."""
        return admin.site.has_permission(self.request)

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Return what every page of the admin shows, too."""
        return {**admin.site.each_context(self.request), **super().get_context_data(**kwargs)}

    def refuse(self, form: forms.Form, refusal: DomainError) -> HttpResponse:
        """Show the form again with a rule's refusal, at its field where it names one."""
        field = refusal.field if isinstance(refusal, InvalidInput) and refusal.field in form.fields else None
        form.add_error(field, _words(refusal))
        return self.form_invalid(form)


class PasswordForm(forms.Form):
    """The present password and a new one."""

    old_password = forms.CharField(label=_("Present password"), widget=UnfoldAdminPasswordWidget())
    new_password = forms.CharField(label=_("New password"), widget=UnfoldAdminPasswordWidget())


class PasswordPage(OwnPage):
    """Changing one's password: every session ends, and this browser gets a new one."""

    form_class = PasswordForm
    template_name = "accounts/admin_password.html"
    extra_context = {"title": _("Change your password")}

    def form_valid(self, form: forms.Form) -> HttpResponse:
        """Change the password and go on."""
        actor, now = cast(User, self.request.user), timezone.now()
        try:
            passwords.change_password(actor=actor, **form.cleaned_data, now=now)
        except DomainError as refusal:
            return self.refuse(form, refusal)
        login(self.request, actor)
        self.request.session[SESSION_KEY] = str(open_session(user=actor, now=now).pk)
        return redirect("admin:index")


class SecondFactorForm(forms.Form):
    """The first code of a new second factor."""

    otp = forms.CharField(
        label=_("Code that the app shows"), max_length=6, widget=UnfoldAdminTextInputWidget(attrs={"autofocus": True})
    )


class SecondFactorPage(OwnPage):
    """Setting up one's second factor: begin, scan, confirm, keep the recovery codes."""

    form_class = SecondFactorForm
    template_name = "accounts/admin_second_factor.html"
    extra_context = {"title": _("Second factor")}

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Make a new secret and show it, or confirm it with its first code."""
        if "begin" not in request.POST:
            return super().post(request, *args, **kwargs)
        try:
            enrolled = second_factor.enroll(actor=cast(User, request.user))
        except DomainError:
            return redirect("admin-second-factor")  # One is in use: the page says so.
        return self.render_to_response(self.get_context_data(form=SecondFactorForm(), enrolled=enrolled))

    def form_valid(self, form: forms.Form) -> HttpResponse:
        """Take the second factor into use and show the recovery codes, once."""
        actor = cast(User, self.request.user)
        try:
            fresh = second_factor.confirm(actor=actor, code=form.cleaned_data["otp"], now=timezone.now())
        except DomainError as refusal:
            return self.refuse(form, refusal)
        return self.render_to_response(self.get_context_data(form=form, recovery_codes=fresh))


def _words(refusal: DomainError) -> str:
    if isinstance(refusal, TooManyAttempts):
        return f"{refusal.detail} " + str(_("Wait %(seconds)d seconds.") % {"seconds": refusal.wait})
    return str(refusal.detail)
