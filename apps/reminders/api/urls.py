"""Addresses of plans and reminders."""

from rest_framework.routers import SimpleRouter

from apps.reminders.api.views import ActionPlanViewSet, ChecklistItemViewSet, ReminderViewSet

router = SimpleRouter(use_regex_path=False)
router.register("action-plans", ActionPlanViewSet)
router.register("checklist-items", ChecklistItemViewSet)
router.register("reminders", ReminderViewSet)

urlpatterns = router.urls
