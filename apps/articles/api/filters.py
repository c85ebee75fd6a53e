"""Query parameters of articles."""

import django_filters

from apps.articles.models import Article


class ArticleFilter(django_filters.FilterSet):
    """`?search=`."""

    search = django_filters.CharFilter(field_name="title", lookup_expr="icontains")

    class Meta:
        model = Article
        fields: list[str] = []
