"""Query parameters of articles and comments."""

from typing import Any

import django_filters

from apps.articles.choices import ArticleStatus
from apps.articles.models import Article, Comment
from apps.core.http.filters import UpperChoiceFilter

LONGEST_SEARCH = 200


class ArticleFilter(django_filters.FilterSet):
    """`?author=&slug=&status=&search=`."""

    author = django_filters.UUIDFilter(field_name="author_id")
    slug = django_filters.CharFilter(max_length=220)
    status = UpperChoiceFilter(
        choices=ArticleStatus.choices,
        help_text="PUBLISHED when left out. Others show one's own, and to administrators what was handed in.",
    )
    # After all that narrows, because it orders too: the best match first.
    search = django_filters.CharFilter(
        method="filter_search", max_length=LONGEST_SEARCH, help_text='Words, "a phrase", -not this; title and text.'
    )

    class Meta:
        model = Article
        fields: list[str] = []

    def filter_search(self, queryset: Any, name: str, value: str) -> Any:
        """Return what matches, the best match first."""
        return queryset.matching(value)


class CommentFilter(django_filters.FilterSet):
    """`?post=`."""

    synonyms = {"blog_post": "post"}

    post = django_filters.UUIDFilter(field_name="article_id", help_text="An article.")

    class Meta:
        model = Comment
        fields: list[str] = []
