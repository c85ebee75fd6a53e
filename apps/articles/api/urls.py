"""Addresses of articles."""

from django.urls import path
from rest_framework.routers import SimpleRouter

from apps.articles.api.views.articles import ArticleViewSet
from apps.articles.api.views.comments import ArticleCommentsViewSet, CommentViewSet

router = SimpleRouter(use_regex_path=False)
router.register("blogs/comments", CommentViewSet)
router.register("blogs", ArticleViewSet)

urlpatterns = [
    path("blogs/my-posts/", ArticleViewSet.as_view({"get": "mine"})),
    path("blogs/my-comments/", CommentViewSet.as_view({"get": "mine"})),
    path("blogs/<uuid:pk>/comments/", ArticleCommentsViewSet.as_view({"get": "list"})),
    path("blogs/<uuid:pk>/image/", ArticleViewSet.as_view({"get": "image"})),
    path("blogs/<uuid:pk>/increment-views/", ArticleViewSet.as_view({"post": "increment_views"})),
    path("blogs/<uuid:pk>/moderate/", ArticleViewSet.as_view({"post": "moderate"})),
    *router.urls,
]
