"""What a login stands for: the ids that scoping compares with, read with the session where a request has one.

A comparison with a value uses an index and keeps its order; the same question as a subquery inside an OR makes
PostgreSQL read the table. So what a login is, and where, is asked once for each request; without one (a task, the
admin, a test) it is asked whenever it matters. A service that changes what its actor stands for says `forget`.
"""

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any

from django.apps import apps
from django.db.models.expressions import Combinable

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser

    from apps.accounts.models import User

Part = Callable[[str], Combinable]

_parts: dict[str, Part] = {}


def add_part(name: str, part: Part) -> None:
    """Add something that a login may stand for, given the path that leads to it; an app does this in `ready()`."""
    _parts[name] = part


def parts(path: str = "") -> dict[str, Combinable]:
    """Return what to annotate a query with that reaches a login by that path (such as `user__`)."""
    return {f"standing_{name}": part(path) for name, part in _parts.items()}


def let_stand(user: "User", values: Iterable[Any]) -> None:
    """Let a login stand for what was read with it: the values of `parts(...)`, in their order."""
    user.standing = dict(zip(_parts, values, strict=True))


def forget(user: "User") -> None:
    """Forget what was read with the session, because it has just changed."""
    user.standing = None


def standing_of(user: "User | AnonymousUser", name: str) -> Any:
    """Return one part of what a login stands for, None without a login: as read with the session, else asked now."""
    if not user.is_authenticated:
        return None
    if user.standing is not None:
        return user.standing[name]
    logins = apps.get_model("accounts", "User").objects.filter(pk=user.pk)
    return logins.annotate(asked=_parts[name]("")).values_list("asked", flat=True).first()
