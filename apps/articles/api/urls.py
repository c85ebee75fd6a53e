"""Addresses of articles."""

from rest_framework.routers import SimpleRouter

from apps.articles.api.views import ArticleViewSet

router = SimpleRouter(use_regex_path=False)
router.register("blogs", ArticleViewSet)

urlpatterns = router.urls
