"""Comments: one for each reader and article, which a second one replaces."""

import pytest
from rest_framework.test import APIClient

from apps.articles.choices import ArticleStatus
from apps.articles.models import Article, Comment
from apps.articles.services.commenting import comment
from apps.core.testing.proofs import race

PATH = "/api/v1/blogs/comments/"


@pytest.fixture
def said(article, reader) -> Comment:
    return comment(actor=reader, article_id=article.pk, text="This helps.")[0]


def test_the_second_replaces_the_first_under_the_older_systems_names(article, reader, client_of):
    client = client_of(reader)
    first = client.post(PATH, {"blog_post": str(article.pk), "content": "This helps."}, "json")
    second = client.post(PATH, {"blog_post": str(article.pk), "content": "It does not."}, "json")
    assert (first.status_code, second.status_code) == (201, 200)
    assert first.json()["id"] == second.json()["id"]
    assert Comment.objects.get().text == "It does not."


def test_everybody_reads_them_by_first_name_only(said):
    for path in (f"/api/v1/blogs/{said.article_id}/comments/", f"{PATH}?post={said.article_id}"):
        row = APIClient().get(path).json()["results"][0]
        assert (row["author_name"], row["text"], row["is_mine"]) == ("Amina", "This helps.", False)
        assert "Person" not in str(row)


def test_of_what_is_not_published_nothing_is_said_or_read(said, article, moderator, client_of):
    Article.objects.update(status=ArticleStatus.PENDING)
    stranger = client_of(moderator)
    assert stranger.get(f"{PATH}{said.pk}/").status_code == 404
    assert stranger.post(PATH, {"post": str(article.pk), "text": "Hm?"}, "json").status_code == 404
    assert APIClient().get(f"/api/v1/blogs/{article.pk}/comments/").status_code == 404


def test_one_sees_ones_own(said, reader, author, client_of):
    mine = client_of(reader).get("/api/v1/blogs/my-comments/").json()["results"]
    assert [row["is_mine"] for row in mine] == [True]
    assert client_of(author).get("/api/v1/blogs/my-comments/").json()["results"] == []


def test_only_its_author_changes_it_and_a_moderator_may_remove_it(said, author, reader, moderator, client_of):
    address = f"{PATH}{said.pk}/"
    assert client_of(author).patch(address, {"text": "I say."}, "json").status_code == 403
    assert client_of(author).delete(address).status_code == 403
    assert client_of(moderator).patch(address, {"text": "I say."}, "json").status_code == 403
    assert client_of(reader).put(address, {"content": "Not so sure."}, "json").json()["text"] == "Not so sure."
    assert client_of(moderator).delete(address).status_code == 204
    assert not Comment.objects.exists()


def test_a_comment_of_one_letter_is_refused(article, reader, client_of):
    answer = client_of(reader).post(PATH, {"post": str(article.pk), "content": "x"}, "json")
    assert answer.status_code == 400
    assert answer.json()["errors"][0]["pointer"] == "/content"


@pytest.mark.proof
@pytest.mark.django_db(transaction=True)
def test_of_many_at_once_there_is_one(article, reader):
    results = race([lambda: comment(actor=reader, article_id=article.pk, text="This helps.")] * 8)
    assert sorted(is_new for _, is_new in results) == [False] * 7 + [True]
    assert Comment.objects.count() == 1
