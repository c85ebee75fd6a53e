"""Articles: written by doctors, read by everybody, found by their words."""

from datetime import timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import IntegrityError, connection, transaction
from rest_framework.test import APIClient

from apps.accounts.models import User
from apps.articles.choices import ArticleStatus
from apps.articles.models import Article
from apps.articles.services.writing import count_view, write_article
from apps.articles.tests.conftest import TEXT
from apps.core.files import open_bytes
from apps.core.ids import uuid7
from apps.core.models import StoredFile
from apps.core.testing.proofs import race, rounds
from apps.core.testing.uploads import pdf, picture
from tests.world import make_doctor

NEW = {"title": "Salt and the heart", "content": TEXT}


@pytest.fixture
def publish(author, now):
    def publish(slug: str, *, days_ago: int = 0, title: str = "Living well for long", body: str = "x" * 60):
        published_at = now - timedelta(days=days_ago)
        return Article.objects.create(
            title=title, slug=slug, body=body, author=author, status=ArticleStatus.PUBLISHED, published_at=published_at
        )

    return publish


def get(path: str = "", **parameters):
    return APIClient().get(f"/api/v1/blogs/{path}", parameters)


def slugs(**parameters) -> list[str]:
    return [row["slug"] for row in get(**parameters).json()["results"]]


def upload(name: str, content: bytes):
    return SimpleUploadedFile(name, content)


class TestList:
    def test_shows_what_is_published_newest_first(self, publish, author):
        publish("older", days_ago=2)
        publish("newest", days_ago=0)
        publish("newer", days_ago=1)
        write_article(actor=author, title="Not for you yet", body="x" * 60)
        assert slugs() == ["newest", "newer", "older"]

    def test_names_the_author_and_spares_the_body(self, publish):
        publish("older")
        row = get().json()["results"][0]
        assert row["author_name"] == "Lena Person"
        assert not {"body", "html", "reason"} & set(row)

    def test_is_found_by_words_of_title_and_text_titles_first(self, publish):
        publish("text", body="What the heart needs. " * 4)
        publish("title", title="Your hearts and you")
        publish("bones", title="Your bones and you")
        assert slugs(search="HEART") == ["title", "text"]
        assert slugs(search='"the heart" needing') == ["text"]
        assert slugs(search="heart -needs") == ["title"]
        assert slugs(search="100%_ '") == []

    def test_pages_of_a_search_join_up(self, publish):
        for number in range(7):
            publish(f"heart-{number}", body="heart " * (number % 3 + 12))
        seen, page = [], get(search="heart", page_size=2).json()
        while True:
            seen += [row["slug"] for row in page["results"]]
            if page["next"] is None:
                break
            page = APIClient().get(page["next"]).json()
        assert sorted(seen) == [f"heart-{number}" for number in range(7)]

    def test_a_search_uses_its_index(self, db):
        with connection.cursor() as cursor:
            cursor.execute("SET LOCAL enable_seqscan = off")
        assert "articles_search" in Article.objects.all().matching("heart").explain()

    def test_another_status_shows_only_ones_own(self, author, client_of):
        write_article(actor=author, title="Only for me now", body="x" * 60, is_handed_in=False)
        stranger = make_doctor("omar", None).user
        for user, expected in ((author, 1), (stranger, 0)):
            assert len(client_of(user).get("/api/v1/blogs/?status=draft").json()["results"]) == expected
        assert slugs(status="DRAFT") == []

    @pytest.mark.parametrize("parameters", [{"author": "x"}, {"page_size": "101"}, {"search": "nul \x00"}, {"a": "b"}])
    def test_refuses_parameters_that_cannot_be_used(self, db, parameters):
        assert get(**parameters).status_code == 400


class TestOne:
    def test_is_shown_as_written_and_as_html(self, article):
        shown = get(f"{article.pk}/").json()
        assert shown["body"] == article.body
        assert shown["html"].startswith("<p>Salt <strong>matters</strong>")

    def test_is_sanitised_where_it_is_read(self, publish):
        body = f"<script>alert(1)</script> [link](javascript:alert(1)) ![image](https://tracker.example/x) {'x' * 60}"
        html = get(f"{publish('bad', body=body).pk}/").json()["html"]
        assert "<script" not in html
        assert "<img" not in html
        assert "href" not in html

    def test_names_its_author_but_not_the_authors_login(self, article):
        User.objects.update(username="secretname", email="secret@example.org")
        page = get(f"{article.pk}/").content.decode()
        assert "Lena Person" in page
        assert "secret" not in page

    def test_a_draft_looks_like_one_that_never_was(self, author):
        draft = write_article(actor=author, title="Only for me now", body="x" * 60, is_handed_in=False)
        hidden, absent = get(f"{draft.pk}/"), get(f"{uuid7()}/")
        bodies = [answer.json() | {"trace_id": ""} for answer in (hidden, absent)]
        assert hidden.status_code == absent.status_code == 404
        assert bodies[0] == bodies[1]


class TestWriting:
    def test_waits_for_a_moderator_under_the_older_systems_field_names(self, author, client_of):
        answer = client_of(author).post("/api/v1/blogs/", NEW, format="json")
        assert answer.status_code == 201
        assert answer.json()["status"] == "PENDING"
        assert get(f"{answer.json()['id']}/").status_code == 404

    def test_is_a_draft_when_it_is_not_handed_in(self, author, client_of):
        answer = client_of(author).post("/api/v1/blogs/", {**NEW, "is_published": False}, format="json")
        assert answer.json()["status"] == "DRAFT"
        handed_in = client_of(author).patch(f"/api/v1/blogs/{answer.json()['id']}/", {"is_published": True}, "json")
        assert handed_in.json()["status"] == "PENDING"

    @pytest.mark.parametrize(
        ("field", "value"), [("title", "Too short"), ("content", "x" * 49), ("title", "x" * 201), ("content", None)]
    )
    def test_refuses_by_the_name_that_the_caller_used(self, author, client_of, field, value):
        answer = client_of(author).post("/api/v1/blogs/", {**NEW, field: value}, format="json")
        assert answer.status_code == 400
        assert [error["pointer"] for error in answer.json()["errors"]] == [f"/{field}"]

    def test_only_doctors_write(self, reader, moderator, client_of):
        for user in (reader, moderator):
            assert client_of(user).post("/api/v1/blogs/", NEW, format="json").status_code == 403

    def test_titles_that_are_alike_get_numbers(self, author):
        made = [write_article(actor=author, title="Salt & the heart!", body=TEXT).slug for _ in range(3)]
        assert made == ["salt-the-heart", "salt-the-heart-1", "salt-the-heart-2"]
        assert write_article(actor=author, title="قلب سليم وحياة", body=TEXT).slug == "article"

    def test_a_published_text_that_is_changed_is_looked_at_anew(self, author, article, client_of):
        answer = client_of(author).patch(f"/api/v1/blogs/{article.pk}/", {"content": TEXT + " More."}, "json")
        assert answer.json()["status"] == "PENDING"
        assert get(f"{article.pk}/").status_code == 404
        assert answer.json()["slug"] == article.slug

    def test_nobody_changes_anothers(self, article, client_of):
        stranger = client_of(make_doctor("omar", None).user)
        assert stranger.patch(f"/api/v1/blogs/{article.pk}/", NEW, "json").status_code == 403
        assert stranger.delete(f"/api/v1/blogs/{article.pk}/").status_code == 403
        article.refresh_from_db()
        assert article.status == ArticleStatus.PUBLISHED

    def test_a_stale_if_match_changes_nothing(self, author, article, client_of):
        client = client_of(author)
        answer = client.patch(f"/api/v1/blogs/{article.pk}/", {"content": TEXT}, "json", HTTP_IF_MATCH='"old"')
        assert answer.status_code == 412
        fresh = client.get(f"/api/v1/blogs/{article.pk}/").headers["ETag"]
        assert client.delete(f"/api/v1/blogs/{article.pk}/", HTTP_IF_MATCH=fresh).status_code == 204
        assert not Article.objects.exists()

    def test_the_database_knows_no_published_article_without_a_day(self, author):
        with pytest.raises(IntegrityError), transaction.atomic():
            Article.objects.create(title="x" * 10, slug="x", body=TEXT, author=author, status=ArticleStatus.PUBLISHED)


class TestPicture:
    def write(self, client, name="salt.png", content=None, **more):
        body = {**NEW, "image": upload(name, content or picture()), **more}
        return client.post("/api/v1/blogs/", body, format="multipart")

    def test_comes_with_the_text_and_is_seen_by_everybody_once_published(self, author, moderator, client_of):
        answer = self.write(client_of(author))
        assert answer.status_code == 201, answer.json()
        assert answer.json()["status"] == "PENDING"  # A form that says nothing of it did not say no.
        address = answer.json()["image"]
        assert APIClient().get(address).status_code == 404
        hidden = client_of(author).get(address)
        assert hidden["Cache-Control"] == "no-store"
        client_of(moderator).post(f"/api/v1/blogs/{answer.json()['id']}/moderate/", {"status": "approved"}, "json")
        shown = APIClient().get(address)
        assert shown["Content-Type"] == "image/png"
        assert "public" in shown["Cache-Control"]
        assert b"".join(shown.streaming_content).startswith(b"\x89PNG")

    def test_another_one_replaces_it_with_its_bytes(self, author, client_of, django_capture_on_commit_callbacks):
        made = self.write(client_of(author)).json()
        first = StoredFile.objects.get()
        with django_capture_on_commit_callbacks(execute=True):
            changed = client_of(author).patch(
                f"/api/v1/blogs/{made['id']}/", {"image": upload("new.png", picture())}, "multipart"
            )
        assert changed.status_code == 200, changed.json()
        first.refresh_from_db()
        with pytest.raises(FileNotFoundError):
            open_bytes(first)
        assert Article.objects.get().image_id != first.pk

    def test_what_is_no_picture_is_refused_and_leaves_nothing(self, author, client_of):
        answer = self.write(client_of(author), "salt.pdf", pdf())
        assert answer.status_code == 400
        assert answer.json()["errors"][0]["pointer"] == "/image"
        assert not Article.objects.exists()
        assert not StoredFile.objects.exists()

    def test_an_article_without_one_has_none(self, article):
        assert get(f"{article.pk}/image/").status_code == 404


class TestViews:
    def test_are_counted_for_everybody(self, article):
        before = article.updated_at
        for expected in (1, 2):
            answer = APIClient().post(f"/api/v1/blogs/{article.pk}/increment-views/")
            assert answer.json() == {"views_count": expected}
        article.refresh_from_db()
        assert article.updated_at == before

    def test_files_of_readers_are_not_looked_at(self, article):
        path = f"/api/v1/blogs/{article.pk}/increment-views/"
        assert APIClient().post(path, {"image": upload("bad.png", b"no picture")}, "multipart").status_code == 200

    def test_of_a_draft_there_are_none(self, author, client_of):
        draft = write_article(actor=author, title="Only for me now", body=TEXT, is_handed_in=False)
        assert client_of(author).post(f"/api/v1/blogs/{draft.pk}/increment-views/").status_code == 404


@pytest.mark.proof
@pytest.mark.django_db(transaction=True)
class TestRaces:
    def test_no_reader_of_many_at_once_is_lost(self, article):
        for turn in range(1, rounds(1, 20) + 1):
            race([lambda: count_view(article_id=article.pk)] * 12)
            article.refresh_from_db()
            assert article.views_count == 12 * turn

    def test_of_many_titles_alike_each_gets_a_slug(self, author):
        made = race([lambda: write_article(actor=author, title="Salt and the heart", body=TEXT).slug] * 8)
        assert sorted(made) == ["salt-and-the-heart", *(f"salt-and-the-heart-{number}" for number in range(1, 8))]
