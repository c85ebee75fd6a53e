"""Plans, and the one-time tasks beside them."""

from dataclasses import asdict
from typing import Any, cast

from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from apps.accounts.permissions import IsDoctor, IsSignedIn, caller
from apps.patients.doors import ClinicalViewSet
from apps.reminders.api.filters import ActionPlanFilter, ChecklistItemFilter
from apps.reminders.api.serializers.checklist import AddTaskInput, ChecklistItemOutput, TickInput
from apps.reminders.api.serializers.fields import query_of
from apps.reminders.api.serializers.plans import (
    MOST_DOSES_SHOWN,
    ActionPlanOutput,
    ActivatePlanInput,
    ChangeDraftInput,
    ChangeZoneInput,
    EnterPlanInput,
    PreviewOutput,
    PreviewQuery,
    ResumePlanInput,
)
from apps.reminders.choices import Times
from apps.reminders.models import ActionPlan, ChecklistItem
from apps.reminders.services.checklist import add_task, set_done
from apps.reminders.services.entering import change_draft, enter_plan
from apps.reminders.services.laying_out import PlannedDose
from apps.reminders.services.pausing import change_zone, pause_plan, resume_plan
from apps.reminders.services.plans import activate_plan, cancel_plan
from apps.reminders.services.previewing import preview_plan


class ActionPlanViewSet(ClinicalViewSet):
    """Plans of the caller's patients, and plans the caller wrote as a doctor, drafts included."""

    permission_classes = [IsSignedIn]
    queryset = ActionPlan.objects.all()
    serializer_class = ActionPlanOutput
    filterset_class = ActionPlanFilter
    more_problems = {"preview": ("409",)}

    def get_permissions(self) -> list[Any]:
        """Only doctors enter plans."""
        return [IsDoctor()] if self.action == "create" else list(super().get_permissions())

    def narrow(self, queryset: QuerySet[Any]) -> QuerySet[Any]:
        """Bring along what the state is at this moment, and when the last dose is."""
        return cast(QuerySet[Any], queryset.as_of(timezone.now()))  # type: ignore[attr-defined]

    @extend_schema(request=EnterPlanInput, responses={201: ActionPlanOutput})
    def create(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Enter a plan for a patient you treat, as a draft or with `activate` at once.

        The schedule is given, or read from the dosage text, which then must say it for certain (400
        `unreadable_dosage`). The safety rules are asked, beside the record and the patient's other plans: what they
        say, and all that they could not check, stands in `safety_check`. A draft is kept whatever they say; a plan that
        begins needs an `override_reason` where a finding is CRITICAL (409 `override_needed`).
        409 `not_treating`, `duration_unknown` or `too_many_doses`.
        """
        given = {"schedule": None, **self.parse(EnterPlanInput)}
        patient_id = given.pop("patient")
        entered = enter_plan(actor=caller(request), patient_id=patient_id, **given, now=timezone.now())
        return self.answer(self._shown(entered), status=201)

    @extend_schema(request=ChangeDraftInput, responses={200: ActionPlanOutput})
    def partial_update(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Correct a draft before it is activated, as its doctor; it is checked anew.

        409 `plan_not_draft`, `plan_outdated` or `text_lost`.
        """
        changes = self.parse(ChangeDraftInput, partial=True)
        with transaction.atomic():
            plan = self.locked_object()
            changed = change_draft(actor=caller(request), plan_id=plan.pk, **changes, now=timezone.now())
        return self.answer(self._shown(changed))

    @extend_schema(request=ActivatePlanInput, responses={200: ActionPlanOutput})
    @action(detail=True, methods=["post"])
    def activate(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Activate a draft: its doses are laid out in the patient's zone, and reminding begins.

        It is checked again: 409 `override_needed` where a danger is critical and no reason is given, or was given
        before for the same danger. 409 `plan_not_draft`, `plan_outdated`, `duration_unknown`, `too_many_doses` or
        `text_lost`.
        """
        given = self.parse(ActivatePlanInput)
        plan = activate_plan(actor=caller(request), plan_id=self.get_object().pk, now=timezone.now(), **given)
        return self.answer(self._shown(plan))

    @extend_schema(parameters=[PreviewQuery], request=None, responses={200: PreviewOutput})
    @action(detail=True, methods=["get"], pagination_class=None, filter_backends=[])
    def preview(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Show the doses as they would be if the draft were activated now; of a running plan, those to come.

        Takes for how long, as `activate/` does. 409 `duration_unknown`, `too_many_doses` or `illegal_transition`.
        """
        given = query_of(request, PreviewQuery)
        plan = self.get_shown_object()
        return _preview(plan, preview_plan(plan, now=timezone.now(), **given))

    @extend_schema(request=None, responses={200: ActionPlanOutput})
    @action(detail=True, methods=["post"])
    def pause(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Pause a plan, as its doctor: nothing is reminded of or missed until it is resumed.

        409 `illegal_transition` or `plan_outdated`.
        """
        paused = pause_plan(actor=caller(request), plan_id=self.get_object().pk, now=timezone.now())
        return self.answer(self._shown(paused))

    @extend_schema(request=ResumePlanInput, responses={200: ActionPlanOutput})
    @action(detail=True, methods=["post"])
    def resume(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Go on with a paused plan, as its doctor: what is open begins anew, and the end date follows.

        It is checked again: 409 `override_needed` for a critical danger that came meanwhile. 409 `illegal_transition`
        or `plan_outdated`.
        """
        given = self.parse(ResumePlanInput)
        resumed = resume_plan(actor=caller(request), plan_id=self.get_object().pk, now=timezone.now(), **given)
        return self.answer(self._shown(resumed))

    @extend_schema(request=None, responses={200: ActionPlanOutput})
    @action(detail=True, methods=["post"])
    def cancel(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Cancel a plan or draft, as its doctor; what was answered stays answered.

        409 `illegal_transition` or `plan_outdated`.
        """
        cancelled = cancel_plan(actor=caller(request), plan_id=self.get_object().pk, now=timezone.now())
        return self.answer(self._shown(cancelled))

    @extend_schema(request=ChangeZoneInput, responses={200: PreviewOutput})
    @action(detail=True, methods=["post"], url_path="change-zone")
    def change_zone(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Choose on a journey, as the patient, by which clock the doses to come are taken.

        With `preview` nothing changes: the answer shows the doses as they would be. 409 `illegal_transition` or
        `plan_outdated`.
        """
        given = self.parse(ChangeZoneInput)
        plan, doses = change_zone(
            actor=caller(request),
            plan_id=self.get_object().pk,
            zone_name=given["time_zone"],
            times=Times(given["times"]),
            is_preview=given["preview"],
            now=timezone.now(),
        )
        return _preview(plan, doses, zone_name=given["time_zone"] if given["times"] == Times.LOCAL else plan.time_zone)

    def _shown(self, plan: ActionPlan) -> Any:
        return self.narrow(ActionPlan.objects.all()).get(pk=plan.pk)


class ChecklistItemViewSet(ClinicalViewSet):
    """One-time tasks, from notes or asked for by a doctor."""

    permission_classes = [IsSignedIn]
    queryset = ChecklistItem.objects.all()
    serializer_class = ChecklistItemOutput
    filterset_class = ChecklistItemFilter

    def get_permissions(self) -> list[Any]:
        """Only doctors ask for tasks."""
        return [IsDoctor()] if self.action == "create" else list(super().get_permissions())

    def narrow(self, queryset: QuerySet[Any]) -> QuerySet[Any]:
        """Bring along whether it is still to be done."""
        return cast(QuerySet[Any], queryset.as_of(timezone.now()))  # type: ignore[attr-defined]

    @extend_schema(request=AddTaskInput, responses={201: ChecklistItemOutput})
    def create(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Ask a patient you treat to do something once. 409 `not_treating`."""
        given = self.parse(AddTaskInput)
        item = add_task(actor=caller(request), patient_id=given["patient"], task=given["task"], now=timezone.now())
        return self.answer(self._shown(item), status=201)

    @extend_schema(request=TickInput, responses={200: ChecklistItemOutput})
    def partial_update(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Tick a task off, or back on (whoever manages the patient). 409 `task_outdated` after a newer note."""
        is_done = self.parse(TickInput)["is_done"]
        with transaction.atomic():
            item = self.locked_object()
            ticked = set_done(actor=caller(request), item_id=item.pk, is_done=is_done, now=timezone.now())
        return self.answer(self._shown(ticked))

    def _shown(self, item: ChecklistItem) -> Any:
        return self.narrow(ChecklistItem.objects.all()).get(pk=item.pk)


def _preview(plan: ActionPlan, doses: list[PlannedDose], *, zone_name: str = "") -> Response:
    shown = {
        "time_zone": zone_name or plan.time_zone,
        "dose_count": len(doses),
        "end_date": doses[-1].local_date if doses else None,
        "doses": [asdict(dose) for dose in doses[:MOST_DOSES_SHOWN]],
    }
    return Response(PreviewOutput(shown).data)
