"""How Django's own sign-in (the admin) finds a login: through the same service as the API."""

from typing import Any

from django.contrib.auth.backends import ModelBackend
from django.http import HttpRequest

from apps.accounts.models import User
from apps.accounts.services.sessions import find_by_credentials
from apps.core.errors import DomainError


class IdentifierBackend(ModelBackend):
    """Accepts a username or an e-mail address."""

    def authenticate(
        self, request: HttpRequest | None, username: str | None = None, password: str | None = None, **kwargs: Any
    ) -> User | None:
        """Return the active login that the credentials open, or None."""
        if username is None or password is None:
            return None
        try:
            return find_by_credentials(identifier=username, password=password)
        except DomainError:
            return None
