"""Who writes, reads and moderates here."""

import pytest

from apps.accounts.choices import Role
from apps.articles.choices import ArticleStatus
from apps.articles.models import Article
from tests.little_cast import client_of
from tests.world import make_doctor, make_user

__all__ = ["client_of"]

TEXT = "Salt **matters**, most of all the salt that nobody sees in bread and soups."


@pytest.fixture
def author(db):
    return make_doctor("lena", None).user


@pytest.fixture
def reader(db):
    return make_user("amina")


@pytest.fixture
def moderator(db):
    return make_user("ada", Role.ADMIN)


@pytest.fixture
def article(author, now) -> Article:
    return Article.objects.create(
        title="Living well for long",
        slug="living-well-for-long",
        body=TEXT,
        author=author,
        status=ArticleStatus.PUBLISHED,
        published_at=now,
    )
