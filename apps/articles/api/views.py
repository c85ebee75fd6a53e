"""Reading articles."""

from typing import Any

from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response

from apps.articles.api.filters import ArticleFilter
from apps.articles.api.serializers import ArticleOutput, ArticleRow
from apps.articles.models import Article
from apps.core.http.views import CareLoopViewSet, ListMixin, RetrieveMixin


class ArticleViewSet(ListMixin, RetrieveMixin, CareLoopViewSet):
    """Published articles, for everybody."""

    permission_classes = [AllowAny]
    queryset = Article.objects.all()
    serializer_class = ArticleRow
    filterset_class = ArticleFilter

    def get_queryset(self) -> QuerySet[Any]:
        """Return what is published, with its author."""
        return Article.objects.published().select_related("author")

    @extend_schema(responses={200: ArticleOutput})
    def retrieve(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Read one article, as Markdown and as sanitised HTML."""
        return self.answer(self.get_object(), output=ArticleOutput)
