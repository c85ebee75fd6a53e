"""What services raise. Each kind has one HTTP status; the problem+json door translates, nobody else."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

Text = str | Promise


class DomainError(Exception):
    """A refusal a person can act on: `code` for programs, `detail` for people (never personal or clinical text)."""

    status = 400
    code = "refused"
    detail: Text = _("This is not possible.")
    extensions: Mapping[str, Any] = {}  # Further members of the problem (RFC 9457, 3.2): ids and times, never text.

    def __init__(self, detail: Text | None = None, *, code: str | None = None) -> None:
        self.detail = detail if detail is not None else self.detail
        self.code = code or self.code
        super().__init__(self.code)


class InvalidInput(DomainError):
    """A value that cannot be used; `field` names it as the caller wrote it."""

    status = 400
    code = "invalid"

    def __init__(self, field: str, detail: Text, *, code: str = "invalid") -> None:
        self.field = field
        super().__init__(detail, code=code)


class NotSignedIn(DomainError):
    """The credentials given are absent, wrong or no longer valid."""

    status = 401
    code = "not_signed_in"
    detail = _("Sign in and try again.")


class NotAllowed(DomainError):
    """This role may never do this."""

    status = 403
    code = "not_allowed"
    detail = _("Your role does not allow this.")


class NotFound(DomainError):
    """Absent, or not the caller's: the two look alike on purpose."""

    status = 404
    code = "not_found"
    detail = _("There is nothing here that you may see.")


class RuleRefused(DomainError):
    """Well-formed and permitted, but a rule of the house says no now."""

    status = 409
    code = "rule_refused"


class GoneMeanwhile(RuleRefused):
    """What this refers to was removed by somebody else at the same moment: the foreign key noticed."""

    code = "gone_meanwhile"
    detail = _("Something that this refers to was removed a moment ago. Look again, then repeat.")


class PreconditionFailed(DomainError):
    """The row changed since the caller read it."""

    status = 412
    code = "stale"
    detail = _("This was changed since you read it. Read it again, then repeat your change.")


class Unprocessable(DomainError):
    """The request contradicts an earlier one."""

    status = 422
    code = "unprocessable"


class TooManyAttempts(DomainError):
    """A security budget is used up; `wait` says for how long."""

    status = 429
    code = "too_many_attempts"
    detail = _("Too many attempts. Wait a moment, then try again.")

    def __init__(self, *, wait: timedelta) -> None:
        self.wait = max(1.0, wait.total_seconds())
        super().__init__()


class Unavailable(DomainError):
    """A service this depends on is away; trying again later is right."""

    status = 503
    code = "unavailable"
    detail = _("This is not available right now. Try again in a moment.")


class Sealed(Unavailable):
    """Words are kept sealed under a key that is not here; whoever runs the service has to bring it."""

    code = "sealed"
    detail = _("What is kept sealed here cannot be opened. Tell who runs this service.")
