"""Articles: read by everybody, written by doctors, decided by administrators."""

from typing import Any, cast

from django.db import transaction
from django.db.models import QuerySet
from django.http.response import HttpResponseBase
from django.utils import timezone
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiExample, OpenApiResponse, extend_schema
from rest_framework.permissions import AllowAny, BasePermission
from rest_framework.request import Request
from rest_framework.response import Response

from apps.accounts.permissions import IsAdmin, IsDoctor, caller
from apps.articles.api.filters import ArticleFilter
from apps.articles.api.serializers.articles import (
    ArticleOutput,
    ArticleRow,
    ModerateInput,
    ViewsOutput,
    WriteArticleInput,
)
from apps.articles.choices import ArticleStatus
from apps.articles.models import Article
from apps.articles.services import writing
from apps.articles.services.moderating import moderate_article
from apps.core.errors import NotFound
from apps.core.http.uploads import UploadMixin, download
from apps.core.http.views import ListMixin, RetrieveMixin, ScopedViewSet, one_or_absent

PICTURE = OpenApiResponse(
    OpenApiTypes.BINARY,
    description="The picture.",
    examples=[OpenApiExample("Example", value="(binary)", media_type="image/jpeg")],
)
LISTS = {"list", "mine"}
WITH_PICTURE = {"create", "update", "partial_update"}


class ArticleViewSet(UploadMixin, ListMixin, RetrieveMixin, ScopedViewSet):
    """Articles: what is published, for everybody, and one's own."""

    permission_classes = [AllowAny]
    queryset = Article.objects.all()
    serializer_class = ArticleOutput
    filterset_class = ArticleFilter
    volatile = frozenset({"views_count"})
    file_fields = ("image",)
    more_problems = {"moderate": ("412",)}
    writers: Any = {
        **dict.fromkeys(("create", "update", "partial_update", "destroy", "mine"), IsDoctor),
        "moderate": IsAdmin,
    }

    def takes_files(self, request: Request) -> bool:
        """Return whether an article is written: readers who are counted bring no pictures."""
        return self.action in WITH_PICTURE

    def get_permissions(self) -> list[BasePermission]:
        """Let everybody read, doctors write, administrators decide."""
        return [self.writers.get(self.action, AllowAny)()]

    def get_serializer_class(self) -> Any:
        """Return the rows of a list without their texts."""
        return ArticleRow if self.action in LISTS else ArticleOutput

    def narrow(self, queryset: QuerySet[Any]) -> QuerySet[Any]:
        """Show in the list what is published, unless another status is asked for."""
        articles = cast(Any, queryset)
        if self.action == "mine":
            return cast(QuerySet[Any], articles.filter(author=self.request.user).listed().order_by("-id"))
        if self.action != "list":
            return cast(QuerySet[Any], articles.shown())
        # What was never published has no day to be ordered by.
        asked = self.request.query_params.get("status")
        return cast(QuerySet[Any], (articles.order_by("-id") if asked else articles.published()).listed())

    @extend_schema(operation_id="blogs_my_posts", responses={200: ArticleRow(many=True)})
    def mine(self, request: Request) -> Response:
        """List one's own articles, drafts and what was given back included."""
        return self.list(request)

    @extend_schema(request=WriteArticleInput, responses={201: ArticleOutput})
    def create(self, request: Request) -> Response:
        """Write an article, as a doctor. Handed in, it waits for a moderator; nobody else sees it until then."""
        article = writing.write_article(actor=caller(request), image=self._image(), **self.parse(WriteArticleInput))
        return self.answer(self._shown(article), status=201)

    @extend_schema(request=WriteArticleInput, responses={200: ArticleOutput})
    def update(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Replace the text of one's own article; one that was handed in is looked at anew."""
        return self._change(self.parse(WriteArticleInput))

    @extend_schema(request=WriteArticleInput, responses={200: ArticleOutput})
    def partial_update(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Change one's own article, hand it in or take it back; one that was handed in is looked at anew."""
        return self._change(self.parse(WriteArticleInput, partial=True))

    @extend_schema(responses={204: None})
    def destroy(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Delete one's own article with its picture and its comments."""
        with transaction.atomic():
            writing.delete_article(actor=caller(request), article=self.locked_object(), now=timezone.now())
        return Response(status=204)

    @extend_schema(request=ModerateInput, responses={200: ArticleOutput})
    def moderate(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Publish an article or give it back with a reason, which its author is told. 409 `not_for_moderation`.

        With the `ETag` of what you read as `If-Match`: 412 when its author has changed it since.
        """
        given = self.parse(ModerateInput)
        with transaction.atomic():
            decided = moderate_article(actor=caller(request), article=self.locked_object(), **given, now=timezone.now())
        return self.answer(self._shown(decided))

    @extend_schema(request=None, responses={200: ViewsOutput})
    def increment_views(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Count one more reader of a published article."""
        return Response({"views_count": writing.count_view(article_id=self.kwargs["pk"])})

    @extend_schema(operation_id="blogs_image", responses={(200, "image/jpeg"): PICTURE})
    def image(self, request: Request, *args: Any, **kwargs: Any) -> HttpResponseBase:
        """Hand out the picture of an article."""
        article: Article = self.get_object()
        if article.image is None:
            raise NotFound
        response = download(article.image)
        if article.status == ArticleStatus.PUBLISHED:
            # Pages of other origins show it; only what everybody may see may be kept.
            response["Cross-Origin-Resource-Policy"] = "cross-origin"
            response["Cache-Control"] = "public, max-age=3600"
        return response

    def _change(self, changes: dict[str, Any]) -> Response:
        with transaction.atomic():
            article = writing.change_article(
                actor=caller(self.request),
                article=self.locked_object(),
                changes=changes,
                image=self._image(),
                now=timezone.now(),
            )
        return self.answer(self._shown(article))

    def _image(self) -> Any:
        return self.written[-1] if self.written else None

    def _shown(self, article: Article) -> Any:
        return one_or_absent(Article.objects.all().shown(), article.pk)
