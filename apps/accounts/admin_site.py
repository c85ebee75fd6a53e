"""Signing in to the admin: through the same service as the API, with the second factor, the budgets and the audit."""

from typing import Any

from django import forms
from django.contrib.auth import logout
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from unfold.forms import AuthenticationForm

from apps.accounts.models import Session
from apps.accounts.services.sessions import sign_in
from apps.accounts.working import works
from apps.core.errors import DomainError, TooManyAttempts

SESSION_KEY = "careloop_session"


class AdminSignInForm(AuthenticationForm):  # type: ignore[misc]
    """Asks for the second factor too, and opens a session of the house for the browser's."""

    otp = forms.CharField(label=_("Code of your second factor, if you have one"), required=False, max_length=20)

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
        except TooManyAttempts as refusal:
            wait = _("Wait %(seconds)d seconds.") % {"seconds": refusal.wait}
            raise forms.ValidationError(f"{refusal.detail} {wait}", code=refusal.code) from refusal
        except DomainError as refusal:
            raise forms.ValidationError(str(refusal.detail), code=refusal.code) from refusal
        self.user_cache = session.user
        self.request.session[SESSION_KEY] = str(session.pk)


def is_session_open(request: HttpRequest) -> bool:
    """Return whether the house's session behind the browser's is open and its login works."""
    session_id = request.session.get(SESSION_KEY)
    sessions = Session.objects.open(now=timezone.now()).filter(works("user__"), user=request.user.pk)
    return session_id is not None and sessions.filter(pk=session_id).exists()


class AdminSessionMiddleware:
    """Signs a browser out whose session of the house has ended: by suspension, a new password, or elsewhere."""

    def __init__(self, get_response: Any) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> Any:
        """Answer, signed out when the session is over."""
        if request.path.startswith("/admin/") and request.user.is_authenticated and not is_session_open(request):
            logout(request)
        return self.get_response(request)
