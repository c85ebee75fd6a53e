"""The life of an article, and what a moderator may decide about it."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class ArticleStatus(models.TextChoices):
    """Written in private, looked at, and then read by everybody or given back."""

    DRAFT = "DRAFT", _("Draft")
    PENDING = "PENDING", _("Waits for a moderator")
    PUBLISHED = "PUBLISHED", _("Published")
    REJECTED = "REJECTED", _("Given back")


class Decision(models.TextChoices):
    """What a moderator decides."""

    PUBLISHED = ArticleStatus.PUBLISHED.value, _("Publish")
    REJECTED = ArticleStatus.REJECTED.value, _("Give back")


# What a moderator may make of an article that stands so; a draft is its author's alone.
DECISIONS: dict[str, frozenset[str]] = {
    ArticleStatus.PENDING: frozenset({ArticleStatus.PUBLISHED, ArticleStatus.REJECTED}),
    ArticleStatus.PUBLISHED: frozenset({ArticleStatus.REJECTED}),
    ArticleStatus.REJECTED: frozenset({ArticleStatus.PUBLISHED}),
}
