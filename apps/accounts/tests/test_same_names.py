"""Usernames that many people want at once, or that somebody made with numbers to be in the way."""

from functools import partial
from typing import Any

import pytest

from apps.accounts.choices import Role
from apps.accounts.models import User
from apps.accounts.services.registration import register_user
from apps.core.testing.proofs import race, rounds
from tests.world import PASSWORD

NAME = "lenaokafor_riverside"


def register(now, username: str = NAME, **changes: Any) -> str:
    """Make a login as a hospital makes one for a doctor: with an address that others may have, too."""
    given = {
        "email": "office@riverside.example",
        "password": PASSWORD,
        "role": Role.DOCTOR,
        "is_self_registered": False,
    }
    return register_user(**given | changes, username=username, now=now).username


@pytest.mark.proof
@pytest.mark.django_db(transaction=True)
def test_sixteen_connections_that_want_one_name_get_sixteen(now):
    for _ in range(rounds(2, 30)):
        User.objects.all().delete()
        names = race([partial(register, now)] * 16)
        assert set(names) == {NAME, *(f"{NAME}{number}" for number in range(1, 16))}
        assert User.objects.filter(username__in=names).count() == 16


@pytest.mark.django_db
class TestNumbersInTheWay:
    def test_a_free_name_is_taken_as_it_is_though_one_with_a_number_exists(self, now):
        assert [register(now, name) for name in ("lena7", "lena", "lena")] == ["lena7", "lena", "lena8"]

    @pytest.mark.parametrize("digits", ["9" * 8, "9" * 9, "9" * 10, "9" * 18, "9" * 19, "9" * 30, "0" * 12])
    def test_no_number_however_long_keeps_others_from_a_name(self, now, digits):
        names = [register(now, name) for name in (f"lena{digits}", "lena", "lena", "lena", "lena")]
        assert names[1] == "lena"
        assert len(set(names)) == 5
        assert max(map(len, names)) <= 150

    def test_a_longest_name_leaves_room_for_its_number(self, now):
        assert [len(register(now, "a" * 150)) for _ in range(3)] == [140, 141, 141]
