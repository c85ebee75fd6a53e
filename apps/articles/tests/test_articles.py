"""Reading articles: the published ones, by everybody."""

from datetime import timedelta

import pytest
from rest_framework.test import APIClient

from apps.accounts.choices import Role
from apps.accounts.models import User
from apps.articles.models import Article
from apps.core.ids import uuid7
from tests.world import make_user


@pytest.fixture
def author(db) -> User:
    return make_user("lena", Role.DOCTOR)


@pytest.fixture
def write(author, now):
    def write(slug: str, *, days_ago: int | None = 0, title: str = "Living well for long", body: str = "x" * 60):
        published_at = None if days_ago is None else now - timedelta(days=days_ago)
        return Article.objects.create(title=title, slug=slug, body=body, author=author, published_at=published_at)

    return write


def get(path: str = "", **parameters):
    return APIClient().get(f"/api/v1/blogs/{path}", parameters)


def slugs(**parameters) -> list[str]:
    return [row["slug"] for row in get(**parameters).json()["results"]]


class TestList:
    def test_shows_what_is_published_newest_first(self, write):
        write("older", days_ago=2)
        write("newest", days_ago=0)
        write("newer", days_ago=1)
        write("draft", days_ago=None)
        assert slugs() == ["newest", "newer", "older"]

    def test_names_the_author_and_spares_the_body(self, write):
        write("older")
        row = get().json()["results"][0]
        assert set(row) == {"id", "title", "slug", "author_name", "published_at"}
        assert row["author_name"] == "Lena Person"

    def test_is_searched_by_words_of_the_title_in_any_case(self, write):
        write("heart", title="Your heart and you")
        write("bones", title="Your bones and you")
        assert slugs(search="HEART") == ["heart"]
        assert slugs(search="100%_") == []

    @pytest.mark.parametrize("parameters", [{"author": "x"}, {"page_size": "101"}, {"search": "nul \x00"}])
    def test_refuses_parameters_that_cannot_be_used(self, db, parameters):
        assert get(**parameters).status_code == 400

    def test_costs_the_same_for_few_and_many(self, write, django_assert_num_queries):
        for number in range(10):
            write(f"article-{number}")
            if number in {0, 9}:
                with django_assert_num_queries(1):
                    get()


class TestOne:
    def test_is_shown_as_written_and_as_html(self, write):
        article = write("salt", body=f"Salt **matters**. {'x' * 60}")
        shown = get(f"{article.pk}/").json()
        assert shown["body"] == article.body
        assert shown["html"].startswith("<p>Salt <strong>matters</strong>.")

    def test_is_sanitised_where_it_is_read(self, write):
        body = (
            f"<script>alert(1)</script> [link](javascript:alert(1)) ![image](https://tracker.example/x.png) {'x' * 60}"
        )
        html = get(f"{write('bad', body=body).pk}/").json()["html"]
        assert "<script" not in html
        assert "<img" not in html
        assert "href" not in html

    def test_names_its_author_but_not_the_authors_login(self, write):
        article = write("salt")
        User.objects.update(username="secretname", email="secret@example.org")
        page = get(f"{article.pk}/").content.decode()
        assert "Lena Person" in page
        assert "secret" not in page

    def test_a_draft_looks_like_one_that_never_was(self, write):
        draft, absent = get(f"{write('draft', days_ago=None).pk}/"), get(f"{uuid7()}/")
        bodies = [answer.json() | {"trace_id": ""} for answer in (draft, absent)]
        assert draft.status_code == absent.status_code == 404
        assert bodies[0] == bodies[1]
