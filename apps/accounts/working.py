"""Which logins work now: one rule, to which the floors above add what they know."""

from collections.abc import Callable

from django.db.models import Q

Condition = Callable[[str], Q]

_conditions: list[Condition] = []


def add_condition(condition: Condition) -> None:
    """Add what must also hold of a login, given the path that leads to it; an app does this in `AppConfig.ready()`."""
    if condition not in _conditions:
        _conditions.append(condition)


def works(path: str = "") -> Q:
    """Return "the login at `path` works now", for any query that reaches a login by that path (such as `user__`)."""
    rule = Q(**{f"{path}is_active": True})
    for condition in _conditions:
        rule &= condition(path)
    return rule
