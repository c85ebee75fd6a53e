"""Plans, tasks, doses and adherence."""

from typing import Any, cast

from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from apps.accounts.permissions import IsSignedIn, caller
from apps.patients.doors import ClinicalViewSet
from apps.patients.services.reading import record_clinical_read
from apps.reminders.api.filters import ActionPlanFilter, ChecklistItemFilter, DoseFilter
from apps.reminders.api.serializers import (
    ActionPlanOutput,
    ActivatePlanInput,
    AdherenceOutput,
    CheckInInput,
    ChecklistItemOutput,
    DoseOutput,
    TickInput,
)
from apps.reminders.models import ActionPlan, ChecklistItem, Dose
from apps.reminders.selectors import adherence_visible_to
from apps.reminders.services.checking_in import check_in
from apps.reminders.services.checklist import set_done
from apps.reminders.services.plans import activate_plan


class ActionPlanViewSet(ClinicalViewSet):
    """Plans of the caller's patients, and plans the caller wrote as a doctor, drafts included."""

    permission_classes = [IsSignedIn]
    queryset = ActionPlan.objects.all()
    serializer_class = ActionPlanOutput
    filterset_class = ActionPlanFilter

    @extend_schema(request=ActivatePlanInput, responses={200: ActionPlanOutput})
    @action(detail=True, methods=["post"])
    def activate(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Activate a draft: its doses are laid out in the patient's zone, and reminding begins.

        409 `plan_not_draft`, `plan_outdated`, `duration_unknown` or `too_many_doses`.
        """
        given = self.parse(ActivatePlanInput)
        plan = activate_plan(actor=caller(request), plan_id=self.get_object().pk, now=timezone.now(), **given)
        return self.answer(plan)


class ChecklistItemViewSet(ClinicalViewSet):
    """One-time tasks from notes."""

    permission_classes = [IsSignedIn]
    queryset = ChecklistItem.objects.all()
    serializer_class = ChecklistItemOutput
    filterset_class = ChecklistItemFilter

    @extend_schema(request=TickInput, responses={200: ChecklistItemOutput})
    def partial_update(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Tick a task off, or back on (whoever manages the patient)."""
        is_done = self.parse(TickInput)["is_done"]
        with transaction.atomic():
            item = self.locked_object()
            return self.answer(set_done(actor=caller(request), item_id=item.pk, is_done=is_done, now=timezone.now()))


class ReminderViewSet(ClinicalViewSet):
    """Doses of the caller's patients, and of plans the caller wrote as a doctor."""

    permission_classes = [IsSignedIn]
    queryset = Dose.objects.all()
    serializer_class = DoseOutput
    filterset_class = DoseFilter
    patient_of = "plan.patient_id"

    def narrow(self, queryset: QuerySet[Any]) -> QuerySet[Any]:
        """Bring the plan along; a dose without it says nothing."""
        return queryset.select_related("plan")

    @extend_schema(request=CheckInInput, responses={200: DoseOutput})
    @action(detail=True, methods=["post"])
    def checkin(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Say that a dose was taken or skipped. Without a body: taken now.

        409 `already_checked_in`, `dose_missed`, `dose_not_open` or `not_due_yet`.
        """
        given = self.parse(CheckInInput)
        dose = check_in(actor=caller(request), dose_id=self.get_object().pk, now=timezone.now(), **given)
        return self.answer(cast(Dose, self.narrow(Dose.objects.all()).get(pk=dose.pk)))

    @extend_schema(responses={200: AdherenceOutput(many=True)}, filters=False)
    @action(detail=False, methods=["get"], pagination_class=None, filter_backends=[])
    def adherence(self, request: Request) -> Response:
        """Tell the adherence of each patient whose doses the caller may see, lowest first."""
        found = adherence_visible_to(caller(request))
        record_clinical_read(actor=caller(request), patient_ids=[one.patient_id for one in found], what="adherence")
        return Response(AdherenceOutput(found, many=True).data)
