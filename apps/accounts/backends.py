"""What Django itself asks about logins: rights, and who a browser's session is. Nobody signs in through it."""

from typing import Any

from django.contrib.auth.backends import ModelBackend
from django.http import HttpRequest


class RightsBackend(ModelBackend):
    """Rights and rows, but no way in: the one way in is `services.sessions.sign_in`, with its budgets and audit."""

    def authenticate(self, request: HttpRequest | None, *args: Any, **kwargs: Any) -> None:
        """Open for nobody."""
