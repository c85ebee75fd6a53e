"""Addresses of records."""

from rest_framework.routers import SimpleRouter

from apps.records.api.views import NoteViewSet

router = SimpleRouter(use_regex_path=False)
router.register("notes", NoteViewSet)

urlpatterns = router.urls
