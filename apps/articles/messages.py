"""What articles tell people: what a moderator decided."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from uuid import UUID

from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

from apps.articles.choices import ArticleStatus
from apps.articles.models import Article
from apps.core.models import AuditEvent
from apps.notifications.services.announcing import announce
from apps.notifications.topics import THEIR_OWN, Message, Topic, register_topic


def register() -> None:
    """Make the topics of articles known."""
    register_topic(Topic("article_moderated", _render_decisions, THEIR_OWN))


def tell_author(event: AuditEvent, article: Article, *, now: datetime) -> None:
    """Tell the author of a decision. The audit event is the subject: each decision is told, also a second one."""
    announce("article_moderated", subject_id=event.pk, recipient_ids=[article.author_id], now=now)


def _render_decisions(subject_ids: Sequence[UUID]) -> Mapping[UUID, Message]:
    events = AuditEvent.objects.filter(pk__in=subject_ids)
    articles = Article.objects.in_bulk([event.subject_id for event in events])
    return {
        event.pk: _decision(articles[event.subject_id], event.details["status"])
        for event in events
        if event.subject_id in articles
    }


def _decision(article: Article, status: str) -> Message:
    if status == ArticleStatus.PUBLISHED:
        return Message(_("Your article is published"), format_lazy("{title}", title=article.title))
    reason = article.reason if article.status == status else ""
    return Message(_("Your article was given back"), format_lazy("{title}: {why}", title=article.title, why=reason))
