"""Addresses of plans and reminders."""

from django.urls import path
from rest_framework.routers import SimpleRouter

from apps.reminders.api.views.adherence import AdherencePanelViewSet, PatientAdherenceViewSet
from apps.reminders.api.views.doses import ReminderViewSet
from apps.reminders.api.views.drafts import PlanDraftViewSet
from apps.reminders.api.views.plans import ActionPlanViewSet, ChecklistItemViewSet

router = SimpleRouter(use_regex_path=False)
router.register("action-plans", ActionPlanViewSet)
router.register("checklist-items", ChecklistItemViewSet)
router.register("plan-drafts", PlanDraftViewSet)
router.register("reminders", ReminderViewSet)

urlpatterns = [
    path("reminders/adherence/", AdherencePanelViewSet.as_view({"get": "list"})),
    path("patients/<uuid:pk>/adherence/", PatientAdherenceViewSet.as_view({"get": "retrieve"})),
    *router.urls,
]
