"""How articles and comments are asked for."""

from typing import TYPE_CHECKING

from django.contrib.postgres.search import SearchQuery, SearchRank
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Cast

from apps.accounts.choices import Role
from apps.articles.choices import ArticleStatus

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser

    from apps.accounts.models import User
    from apps.articles.models import Article, Comment

LANGUAGE = "english"  # Whose endings are cut off in a search; words of other languages are found as they are written.


class ArticleQuerySet(models.QuerySet["Article"]):
    """Articles, published or not."""

    def visible_to(self, user: "User | AnonymousUser") -> "ArticleQuerySet":
        """Return what everybody may read, the user's own, and to an administrator all that its author handed in."""
        published = Q(status=ArticleStatus.PUBLISHED)
        if not user.is_authenticated:
            return self.filter(published)
        if user.role == Role.ADMIN:
            return self.exclude(status=ArticleStatus.DRAFT)
        return self.filter(published | Q(author=user))

    def published(self) -> "ArticleQuerySet":
        """Return what everybody may read."""
        return self.filter(status=ArticleStatus.PUBLISHED)

    def waiting(self) -> "ArticleQuerySet":
        """Return the moderators' queue."""
        return self.filter(status=ArticleStatus.PENDING)

    def shown(self) -> "ArticleQuerySet":
        """Bring along what an article is shown with."""
        return self.select_related("author", "image").defer("search")

    def listed(self) -> "ArticleQuerySet":
        """Bring along what a list shows; the texts stay in the table."""
        return self.select_related("author").defer("search", "body")

    def matching(self, term: str) -> "ArticleQuerySet":
        """Return what a search engine would find for the words, "a phrase", or -not, the best match first.

        `rank` is a decimal, so that pages join up exactly.
        """
        query = SearchQuery(term, search_type="websearch", config=LANGUAGE)
        exact = Cast(SearchRank(F("search"), query), models.DecimalField(max_digits=7, decimal_places=6))
        return self.filter(search=query).annotate(rank=exact).order_by("-rank", "-id")


class CommentQuerySet(models.QuerySet["Comment"]):
    """Comments on articles."""

    def visible_to(self, user: "User | AnonymousUser") -> "CommentQuerySet":
        """Return the comments on what everybody may read, and the user's own."""
        public = Q(article__status=ArticleStatus.PUBLISHED)
        if not user.is_authenticated:
            return self.filter(public)
        return self.filter(public | Q(author=user))

    def shown(self) -> "CommentQuerySet":
        """Bring along who said it."""
        return self.select_related("author")
