"""What administrators decide about articles and comments."""

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from apps.accounts.choices import Role
from apps.accounts.models import User
from apps.articles.choices import DECISIONS, ArticleStatus
from apps.articles.messages import tell_author
from apps.articles.models import Article
from apps.core import audit
from apps.core.errors import InvalidInput, NotAllowed, RuleRefused


class NotForModeration(RuleRefused):
    """This article cannot be decided so as it stands."""

    code = "not_for_moderation"
    detail = _("This article stands so already, or is still its author's draft.")


def moderate_article(*, actor: User, article: Article, status: str, reason: str, now: datetime) -> Article:
    """Publish an article or give it back with a reason, as an administrator; the author is told.

    Raises NotAllowed, InvalidInput (a reason is missing) and NotForModeration. Announces `article_moderated`.
    """
    if actor.role != Role.ADMIN:
        raise NotAllowed
    if status == ArticleStatus.REJECTED and not reason.strip():
        raise InvalidInput("reason", _("Say why, so that the author can mend it."), code="required")
    with transaction.atomic():
        article = Article.objects.select_for_update().get(pk=article.pk)
        if status not in DECISIONS.get(article.status, frozenset()):
            raise NotForModeration
        article.status, article.reason = status, reason if status == ArticleStatus.REJECTED else ""
        if status == ArticleStatus.PUBLISHED:
            article.published_at = article.published_at or now
        article.save(update_fields=["status", "reason", "published_at", "updated_at"])
        event = audit.record("article_moderated", actor_id=actor.pk, subject=article, details={"status": status})
        tell_author(event, article, now=now)
    return article
