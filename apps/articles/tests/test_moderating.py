"""Administrators decide what is published; the author is told."""

import pytest
from django.urls import reverse

from apps.articles.choices import DECISIONS, ArticleStatus
from apps.articles.models import Article
from apps.articles.services.moderating import NotForModeration, moderate_article
from apps.articles.services.writing import write_article
from apps.articles.tests.conftest import TEXT
from apps.core.errors import InvalidInput, NotAllowed
from apps.core.models import AuditEvent
from apps.notifications.models import Notification
from tests.little_cast import signed_in_to_admin


@pytest.fixture
def waiting(author) -> Article:
    return write_article(actor=author, title="Salt and the heart", body=TEXT)


def decide(actor, article, status="PUBLISHED", reason="", *, now):
    return moderate_article(actor=actor, article=article, status=status, reason=reason, now=now)


def inbox(client) -> list[dict]:
    return client.get("/api/v1/notifications/").json()["results"]


def test_publishing_dates_it_and_tells_the_author(author, moderator, waiting, client_of, now):
    decided = decide(moderator, waiting, now=now)
    assert (decided.status, decided.published_at) == (ArticleStatus.PUBLISHED, now)
    told = inbox(client_of(author))[0]
    assert "published" in told["title"]
    assert "Salt and the heart" in told["body"]


def test_giving_back_says_why(author, moderator, waiting, client_of, now):
    decide(moderator, waiting, "REJECTED", "Name your sources.", now=now)
    assert "Name your sources." in inbox(client_of(author))[0]["body"]
    shown = client_of(author).get(f"/api/v1/blogs/{waiting.pk}/").json()
    assert (shown["status"], shown["reason"]) == ("REJECTED", "Name your sources.")


def test_giving_back_without_a_word_is_refused(moderator, waiting, now):
    with pytest.raises(InvalidInput):
        decide(moderator, waiting, "REJECTED", "  ", now=now)
    assert not Notification.objects.exists()


def test_publishing_again_keeps_the_first_day(author, moderator, article, now):
    first = article.published_at
    decide(moderator, article, "REJECTED", "A mistake.", now=now)
    assert decide(moderator, article, now=now).published_at == first


@pytest.mark.parametrize("before", ArticleStatus.values)
@pytest.mark.parametrize("after", ["PUBLISHED", "REJECTED"])
def test_the_table_of_decisions(moderator, article, now, before, after):
    Article.objects.update(status=before)
    if after in DECISIONS.get(before, ()):
        assert decide(moderator, article, after, "Why", now=now).status == after
    else:
        with pytest.raises(NotForModeration):
            decide(moderator, article, after, "Why", now=now)


def test_nobody_else_decides(author, reader, waiting, now):
    for user in (author, reader):
        with pytest.raises(NotAllowed):
            decide(user, waiting, now=now)


def test_a_text_that_its_author_swapped_is_not_published_unread(author, moderator, waiting, client_of):
    path, decision = f"/api/v1/blogs/{waiting.pk}/", {"status": "PUBLISHED"}
    read = client_of(moderator).get(path)["ETag"]
    client_of(author).patch(path, {"title": "Something else altogether"}, format="json")
    refused = client_of(moderator).post(f"{path}moderate/", decision, format="json", headers={"If-Match": read})
    assert (refused.status_code, refused.json()["code"]) == (412, "stale")
    read = client_of(moderator).get(path)["ETag"]
    assert (
        client_of(moderator)
        .post(f"{path}moderate/", decision, format="json", headers={"If-Match": read})
        .json()["status"]
        == "PUBLISHED"
    )


def test_the_queue_is_asked_for_by_status(moderator, waiting, article, client_of):
    rows = client_of(moderator).get("/api/v1/blogs/?status=pending").json()["results"]
    assert [row["id"] for row in rows] == [str(waiting.pk)]


def test_a_draft_is_hidden_from_moderators_too(author, moderator, client_of):
    draft = write_article(actor=author, title="Salt and the heart", body=TEXT, is_handed_in=False)
    client = client_of(moderator)
    assert client.get(f"/api/v1/blogs/{draft.pk}/").status_code == 404
    assert client.post(f"/api/v1/blogs/{draft.pk}/moderate/", {"status": "PUBLISHED"}, "json").status_code == 404


class TestAdmin:
    @pytest.fixture
    def office(self, moderator):
        moderator.is_staff = moderator.is_superuser = True
        moderator.save()
        return signed_in_to_admin(moderator)

    def act(self, office, article, action, **more):
        page = reverse("admin:articles_article_changelist")
        return office.post(page, {"action": action, "_selected_action": [article.pk], **more}, follow=True)

    def test_the_queue_is_counted_in_the_navigation_and_shows_what_readers_see(self, office, waiting):
        page = office.get(reverse("admin:articles_article_changelist")).content.decode()
        assert waiting.title in page
        shown = office.get(reverse("admin:articles_article_change", args=[waiting.pk])).content.decode()
        assert "Salt <strong>matters</strong>" in shown

    def test_publishing_goes_through_the_service(self, office, waiting):
        self.act(office, waiting, "publish")
        waiting.refresh_from_db()
        assert waiting.status == ArticleStatus.PUBLISHED
        assert AuditEvent.objects.filter(action="article_moderated", subject_id=waiting.pk).exists()

    def test_giving_back_asks_why_first(self, office, waiting):
        assert "Reason" in self.act(office, waiting, "give_back").content.decode()
        waiting.refresh_from_db()
        assert waiting.status == ArticleStatus.PENDING
        self.act(office, waiting, "give_back", apply="1", reason="Name your sources.")
        waiting.refresh_from_db()
        assert (waiting.status, waiting.reason) == (ArticleStatus.REJECTED, "Name your sources.")
