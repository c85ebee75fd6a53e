"""What readers say about articles."""

from typing import Any, cast

from django.db import transaction
from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework.permissions import SAFE_METHODS, AllowAny, BasePermission
from rest_framework.request import Request
from rest_framework.response import Response

from apps.accounts.permissions import IsSignedIn, caller
from apps.articles.api.filters import CommentFilter
from apps.articles.api.serializers.comments import ChangeCommentInput, CommentInput, CommentOutput
from apps.articles.models import Article, Comment
from apps.articles.services import commenting
from apps.core.http.views import ListMixin, RetrieveMixin, ScopedViewSet, one_or_absent


class CommentViewSet(ListMixin, RetrieveMixin, ScopedViewSet):
    """Comments on articles: read by everybody, one for each reader and article."""

    permission_classes = [IsSignedIn]
    queryset = Comment.objects.all()
    serializer_class = CommentOutput
    filterset_class = CommentFilter

    def get_permissions(self) -> list[BasePermission]:
        """Let everybody read."""
        is_reading = self.request and self.request.method in SAFE_METHODS and self.action != "mine"
        return [AllowAny()] if is_reading else [IsSignedIn()]

    def narrow(self, queryset: QuerySet[Any]) -> QuerySet[Any]:
        """Bring along who said it; `mine` are the caller's."""
        comments = cast(Any, queryset).shown()
        return cast(QuerySet[Any], comments.filter(author=self.request.user) if self.action == "mine" else comments)

    @extend_schema(operation_id="blogs_my_comments", responses={200: CommentOutput(many=True)})
    def mine(self, request: Request) -> Response:
        """List what one has said oneself."""
        return self.list(request)

    @extend_schema(request=CommentInput, responses={200: CommentOutput, 201: CommentOutput})
    def create(self, request: Request) -> Response:
        """Comment on a published article; a second comment replaces the first, with 200."""
        given = self.parse(CommentInput)
        said, is_new = commenting.comment(actor=caller(request), article_id=given["post"], text=given["text"])
        return self.answer(said, status=201 if is_new else 200)

    @extend_schema(request=ChangeCommentInput, responses={200: CommentOutput})
    def update(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Say it anew. Its author only."""
        return self._change()

    @extend_schema(request=ChangeCommentInput, responses={200: CommentOutput})
    def partial_update(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Say it anew. Its author only."""
        return self._change()

    @extend_schema(responses={204: None})
    def destroy(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Take a comment away: its author, or an administrator."""
        with transaction.atomic():
            commenting.remove_comment(actor=caller(request), said=self.locked_object())
        return Response(status=204)

    def _change(self) -> Response:
        text = self.parse(ChangeCommentInput)["text"]
        with transaction.atomic():
            said = commenting.change_comment(actor=caller(self.request), said=self.locked_object(), text=text)
        return self.answer(said)


class ArticleCommentsViewSet(ListMixin, ScopedViewSet):
    """The comments on one article."""

    permission_classes = [AllowAny]
    queryset = Comment.objects.all()
    serializer_class = CommentOutput

    def narrow(self, queryset: QuerySet[Any]) -> QuerySet[Any]:
        """Take this article's; raises NotFound for one that the caller does not see."""
        article = one_or_absent(Article.objects.all().visible_to(self.request.user), self.kwargs["pk"])
        return cast(QuerySet[Any], cast(Any, queryset).filter(article=article).shown())

    @extend_schema(operation_id="blogs_comments_of_one", responses={200: CommentOutput(many=True)})
    def list(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """List what readers say about an article, the newest first."""
        return super().list(request, *args, **kwargs)
