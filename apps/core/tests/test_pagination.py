"""Walking through a list shows every row once, in order, at the cost of the page and not of the list."""

from datetime import timedelta
from urllib.parse import parse_qs, urlsplit

import pytest
from django.apps import apps
from django.core import signing
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import include, path
from rest_framework import serializers
from rest_framework.permissions import AllowAny

from apps.core.http.pagination import SALT
from apps.core.http.views import CareLoopViewSet, ListMixin
from apps.core.models import OutboxEvent
from tests.world import make_hospital, make_user

Article = apps.get_model("articles", "Article")
Department = apps.get_model("hospitals", "Department")
Hospital = apps.get_model("hospitals", "Hospital")


class EventOutput(serializers.Serializer):
    id = serializers.UUIDField()


class EventViewSet(ListMixin, CareLoopViewSet):
    """A list in the order of two tied columns in opposite directions; it does not say how ties end."""

    permission_classes = [AllowAny]
    queryset = OutboxEvent.objects.order_by("topic", "-attempts")
    serializer_class = EventOutput


urlpatterns = [path("api/v1/events/", EventViewSet.as_view({"get": "list"})), path("", include("config.urls"))]

BLOGS = "/api/v1/blogs/"
TOTAL = 23


@pytest.fixture
def articles(db, now) -> list[str]:
    """Articles published at four moments only, so that most are tied; their ids in the order of the list."""
    author = make_user("author")
    rows = [
        Article(
            title=f"Article number {number}",
            slug=f"article-{number}",
            body=f"digit{str(number)[0]} " * 10,
            author=author,
            status="PUBLISHED",
            published_at=now - timedelta(days=number % 4),
        )
        for number in range(TOTAL)
    ]
    Article.objects.bulk_create(rows)
    return [str(row.pk) for row in sorted(rows, key=lambda row: (row.published_at, row.pk), reverse=True)]


def ids(page) -> list[str]:
    return [row["id"] for row in page["results"]]


def walk(client, address, link) -> list[dict]:
    """Return the pages from `address` on, following `link` to its end."""
    pages = []
    while address:
        response = client.get(address)
        assert response.status_code == 200, response.content
        pages.append(response.json())
        address = pages[-1][link]
        assert len(pages) <= TOTAL + 1, "the links lead in circles"
    return pages


def cursor_of(link: str) -> str:
    return parse_qs(urlsplit(link).query)["cursor"][0]


def pointers(response) -> list[str]:
    assert response.status_code == 400, response.content
    return [error["pointer"] for error in response.json()["errors"]]


class TestWalking:
    @pytest.mark.parametrize("size", [1, 2, 5, 22, 23, 24, 100])
    def test_forward_every_row_comes_once_and_in_order(self, articles, anonymous, size):
        pages = walk(anonymous, f"{BLOGS}?page_size={size}", "next")
        assert [one for page in pages for one in ids(page)] == articles
        assert all(len(page["results"]) == size for page in pages[:-1])
        assert pages[-1]["results"]

    @pytest.mark.parametrize("size", [1, 2, 5, 22])
    def test_backward_from_the_last_page_every_row_comes_once(self, articles, anonymous, size):
        last = walk(anonymous, f"{BLOGS}?page_size={size}", "next")[-1]
        before = walk(anonymous, last["previous"], "previous")
        assert [one for page in reversed(before) for one in ids(page)] + ids(last) == articles

    def test_the_first_page_has_nothing_before_it_and_the_last_nothing_after(self, articles, anonymous):
        pages = walk(anonymous, f"{BLOGS}?page_size=10", "next")
        assert (pages[0]["previous"], pages[-1]["next"]) == (None, None)
        first_again = walk(anonymous, pages[-1]["previous"], "previous")[-1]
        assert first_again["previous"] is None
        assert ids(anonymous.get(first_again["next"]).json()) == ids(pages[1])

    def test_an_empty_list_is_one_empty_page(self, db, anonymous):
        assert anonymous.get(BLOGS).json() == {"next": None, "previous": None, "results": []}

    def test_a_row_that_went_or_came_in_between_moves_no_other(self, articles, anonymous, now):
        first = anonymous.get(f"{BLOGS}?page_size=5").json()
        Article.objects.filter(pk=articles[4]).delete()  # The very row that the cursor stands on.
        Article.objects.filter(pk=articles[20]).update(published_at=now + timedelta(days=1))
        rest = walk(anonymous, first["next"], "next")
        assert [one for page in rest for one in ids(page)] == [one for one in articles[5:] if one != articles[20]]

    def test_filters_stay_in_the_links(self, articles, anonymous):
        pages = walk(anonymous, f"{BLOGS}?page_size=3&search=digit1", "next")
        titles = [row["title"] for page in pages for row in page["results"]]
        assert len(titles) == 11  # 1 and 10 to 19
        assert all("number 1" in title for title in titles)

    @pytest.mark.urls(__name__)
    @pytest.mark.parametrize("size", [1, 2, 3, 7])
    def test_several_tied_columns_in_opposite_directions_are_walked_both_ways(self, db, anonymous, size):
        OutboxEvent.objects.bulk_create(
            OutboxEvent(topic=f"topic {number % 2}", attempts=number % 3, ids={}) for number in range(TOTAL)
        )
        expected = [
            str(event.pk) for event in sorted(OutboxEvent.objects.order_by("-id"), key=lambda e: (e.topic, -e.attempts))
        ]
        pages = walk(anonymous, f"/api/v1/events/?page_size={size}", "next")
        assert [one for page in pages for one in ids(page)] == expected
        before = walk(anonymous, pages[-1]["previous"], "previous")
        assert [one for page in reversed(before) for one in ids(page)] + ids(pages[-1]) == expected

    def test_a_list_in_the_order_of_names_is_walked_too(self, signed_in):
        hospital = make_hospital("Home")
        names = ["bones", "Ábc", "heart", "Bones 2", "eye's", "skin"]
        Department.objects.bulk_create(Department(hospital=hospital, name=name) for name in names)
        pages = walk(signed_in, "/api/v1/hospitals/departments/?page_size=2", "next")
        in_order = list(Department.objects.order_by("name", "id").values_list("name", flat=True))
        assert [row["name"] for page in pages for row in page["results"]] == in_order


class TestParameters:
    @pytest.mark.parametrize("size", ["0", "-1", "101", "1000", "1e1", "1.0", "", " 5", "٥", "abc", "0x5"])
    def test_a_size_out_of_bounds_is_refused(self, db, anonymous, size):
        assert pointers(anonymous.get(BLOGS, {"page_size": size})) == ["?page_size"]

    def test_a_page_has_twenty_rows_unless_asked_otherwise(self, articles, anonymous):
        assert len(anonymous.get(BLOGS).json()["results"]) == 20

    def test_the_count_comes_when_asked_for(self, articles, anonymous):
        assert anonymous.get(f"{BLOGS}?page_size=5&with_count=true").json()["count"] == TOTAL
        assert "count" not in anonymous.get(f"{BLOGS}?page_size=5&with_count=false").json()

    def test_the_count_is_of_what_the_filter_leaves(self, articles, anonymous):
        assert anonymous.get(f"{BLOGS}?search=digit2&with_count=TRUE").json()["count"] == 4  # 2, 20, 21, 22

    @pytest.mark.parametrize("flag", ["", "1", "yes", "truee"])
    def test_a_flag_is_true_or_false(self, db, anonymous, flag):
        assert pointers(anonymous.get(BLOGS, {"with_count": flag})) == ["?with_count"]

    def test_unknown_parameters_are_refused_by_name(self, db, anonymous):
        assert sorted(pointers(anonymous.get(f"{BLOGS}?offset=3&page=2&search=x"))) == ["?offset", "?page"]


class TestCursors:
    @pytest.fixture
    def cursor(self, articles, anonymous) -> str:
        return cursor_of(anonymous.get(f"{BLOGS}?page_size=5").json()["next"])

    def test_a_cursor_with_any_character_changed_is_refused(self, cursor, anonymous):
        for position, letter in enumerate(cursor):
            changed = cursor[:position] + ("A" if letter != "A" else "B") + cursor[position + 1 :]
            assert pointers(anonymous.get(BLOGS, {"cursor": changed})) == ["?cursor"], position

    @pytest.mark.parametrize("made_up", ["", "x", "WyItaWQiXQ", "a:b:c", "....", "MA=="])
    def test_a_made_up_cursor_is_refused(self, db, anonymous, made_up):
        assert pointers(anonymous.get(BLOGS, {"cursor": made_up})) == ["?cursor"]

    def test_a_cursor_of_another_order_is_refused(self, articles, anonymous):
        of_other_order = signing.dumps([["-id"], [articles[3]], False], salt=f"{SALT}:{BLOGS}")
        assert pointers(anonymous.get(BLOGS, {"cursor": of_other_order})) == ["?cursor"]

    def test_a_cursor_of_another_list_is_refused_though_the_order_is_the_same(self, signed_in):
        Hospital.objects.bulk_create(
            Hospital(name=f"H{n}", license_number=f"L{n}", time_zone="UTC", status="APPROVED") for n in range(3)
        )
        Department.objects.bulk_create(
            Department(name=f"D{n}", hospital=hospital) for n, hospital in enumerate(Hospital.objects.all())
        )
        cursor = cursor_of(signed_in.get("/api/v1/hospitals/?page_size=1").json()["next"])
        assert signed_in.get("/api/v1/hospitals/", {"cursor": cursor}).status_code == 200
        assert pointers(signed_in.get("/api/v1/hospitals/departments/", {"cursor": cursor})) == ["?cursor"]

    def test_a_cursor_made_without_our_secret_is_refused(self, cursor, anonymous):
        names, values, backwards = signing.loads(cursor, salt=f"{SALT}:{BLOGS}")
        forged = signing.dumps([names, values, backwards], key="another secret", salt=f"{SALT}:{BLOGS}")
        assert pointers(anonymous.get(BLOGS, {"cursor": forged})) == ["?cursor"]


class TestCost:
    def test_no_page_skips_or_counts_rows(self, articles, anonymous):
        with CaptureQueriesContext(connection) as captured:
            walk(anonymous, f"{BLOGS}?page_size=4", "next")
        statements = [query["sql"].upper() for query in captured.captured_queries]
        assert len(statements) == 6  # One a page.
        assert not [sql for sql in statements if "OFFSET" in sql or "COUNT(" in sql]
        assert all("LIMIT 5" in sql for sql in statements)

    def test_a_later_page_is_bounded_by_its_first_column(self, articles, anonymous):
        link = anonymous.get(f"{BLOGS}?page_size=4").json()["next"]
        with CaptureQueriesContext(connection) as captured:
            anonymous.get(link)
        assert '"published_at" <=' in captured.captured_queries[-1]["sql"]
