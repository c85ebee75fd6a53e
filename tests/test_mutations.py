"""Each permission class and each `visible_to`, replaced by "allow" one at a time, turns the permission table red.

A mutant that survives is a hole in the table. All are planted in `make proof` and `make mutate-permissions`, some in
`make test`; the rows that the mutant concerns are asked first, so that most are found by one of them.
"""

import functools
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest
from django.apps import apps
from rest_framework.permissions import BasePermission

from apps.accounts import permissions
from apps.accounts.models import User
from apps.core.http.routing import api_routes
from apps.core.testing.permissions import Row
from apps.core.testing.proofs import dice, rounds
from tests.permission_table import FURTHER, TABLE
from tests.test_permissions import faults, fill, hidden

__all__ = ["fill", "hidden"]

pytestmark = pytest.mark.proof

# Asked by no row: the base of the roles, which each role stands for, and what is settled by a setting.
NOT_PLANTED = {"_HasRole", "MayReadSchema"}
# Logins have doors for administrators alone, who see them all: below, without a door.
BEHIND_THE_DOOR = {"accounts.UserQuerySet"}


@dataclass(frozen=True)
class Mutant:
    """One rule that is taken away: a method of some classes, and what answers in its place."""

    name: str
    holders: tuple[type, ...]
    method: str
    allow: Callable[..., Any]
    concerns: Callable[[type], bool]

    def plant(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """Take the rule away until the test is over."""
        for holder in self.holders:
            monkeypatch.setattr(holder, self.method, self.allow)


def of_permissions() -> list[Mutant]:
    """Return a mutant for each permission class: whoever knocks may enter."""
    return [
        Mutant(
            name,
            (item,),
            "has_permission",
            lambda *_: True,
            lambda view, item=item: any(
                isinstance(each, type) and issubclass(each, item) for each in view.permission_classes
            ),
        )
        for name, item in vars(permissions).items()
        if isinstance(item, type) and issubclass(item, BasePermission) and item.__module__ == permissions.__name__
        if name not in NOT_PLANTED
    ]


def of_querysets() -> list[Mutant]:
    """Return a mutant for each `visible_to`: every row is everybody's.

    Managers copy the methods of their queryset when they are made, so they get the mutant too.
    """
    managers: dict[type, list[type]] = {}
    for model in apps.get_models():
        manager = model._default_manager
        for queryset in type(manager.all()).mro():
            if "visible_to" in vars(queryset):
                managers.setdefault(queryset, []).append(type(manager))
                break
    return [
        Mutant(
            f"{queryset.__module__.split('.')[1]}.{queryset.__name__}",
            (queryset, *copies),
            "visible_to",
            lambda rows, _user: rows.all(),
            lambda view, queryset=queryset: view.__module__.split(".")[1] == queryset.__module__.split(".")[1],
        )
        for queryset, copies in managers.items()
    ]


MUTANTS = {mutant.name: mutant for mutant in [*of_permissions(), *of_querysets()]}
ASKED = sorted(set(MUTANTS) - BEHIND_THE_DOOR)
CHOSEN = sorted(dice("mutants").sample(ASKED, rounds(3, len(ASKED))))
VIEWS = {(route.method, re.sub(r"\{\w+\}", "{}", route.path)): route.view for route in api_routes()}


def in_order_of_concern(mutant: Mutant) -> list[Row]:
    """Return the table, rows of the views that the mutant concerns first."""
    return sorted([*FURTHER, *TABLE], key=lambda row: not mutant.concerns(VIEWS[row.key]))


@pytest.mark.parametrize("name", CHOSEN)
def test_the_table_notices_that_everybody_is_allowed(name, sign_in, fill, hidden, monkeypatch):
    mutant, clients = MUTANTS[name], functools.cache(sign_in)
    mutant.plant(monkeypatch)
    noticed = (fault for row in in_order_of_concern(mutant) for fault in faults(row, clients, fill, hidden))
    assert next(noticed, None) is not None, f"no row of the permission table notices the loss of {name}"


def test_no_rule_of_visibility_is_forgotten():
    """A mutant for each model that says `visible_to`."""
    speaking = [model for model in apps.get_models() if hasattr(model._default_manager, "visible_to")]
    planted = {holder for mutant in MUTANTS.values() for holder in mutant.holders}
    assert [model for model in speaking if type(model._default_manager) not in planted] == []


def test_nobody_but_an_administrator_sees_anothers_login(world):
    for person, login in world.people.items():
        seen = set(User.objects.visible_to(login).values_list("pk", flat=True))
        assert seen == ({user.pk for user in User.objects.all()} if person == "admin" else {login.pk}), person
