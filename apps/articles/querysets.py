"""How articles are asked for."""

from typing import TYPE_CHECKING

from django.db import models

if TYPE_CHECKING:
    from apps.articles.models import Article


class ArticleQuerySet(models.QuerySet["Article"]):
    """Articles, published or not."""

    def published(self) -> "ArticleQuerySet":
        """Return what everybody may read."""
        return self.filter(published_at__isnull=False)
