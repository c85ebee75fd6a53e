"""What the tests of hospitals begin with: a hospital, its staff, an administrator, and clients for people."""

import pytest

from apps.accounts.choices import Role
from apps.accounts.models import User
from apps.hospitals.models import Hospital
from tests import little_cast
from tests.world import make_hospital, make_staff, make_user

client_of = little_cast.client_of
anonymous = little_cast.anonymous


@pytest.fixture
def home(db) -> Hospital:
    return make_hospital("Riverside")


@pytest.fixture
def staff(home) -> User:
    return make_staff("clerk", home)


@pytest.fixture
def stranger(db) -> User:
    """Staff of another hospital."""
    return make_staff("stranger", make_hospital("Hillside"))


@pytest.fixture
def office(db) -> User:
    return make_user("office", Role.ADMIN, is_staff=True, is_superuser=True)
