"""Doses: listed, on a calendar, answered, put off."""

from collections.abc import Iterable
from datetime import date, datetime, timedelta
from itertools import groupby
from typing import Any, cast
from uuid import UUID

from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from apps.accounts.permissions import IsSignedIn, caller
from apps.core.errors import NotFound
from apps.core.http.problems import BadParameter
from apps.patients.choices import Relation
from apps.patients.doors import ClinicalViewSet
from apps.patients.models import Patient
from apps.patients.services.reading import record_clinical_read
from apps.reminders.api.filters import DoseFilter
from apps.reminders.api.serializers.doses import (
    CalendarOutput,
    CalendarQuery,
    CheckInBatchInput,
    CheckInBatchOutput,
    CheckInInput,
    DoseOutput,
    SnoozeInput,
)
from apps.reminders.api.serializers.fields import query_of
from apps.reminders.models import Dose
from apps.reminders.services.batches import BatchAnswer, check_in_batch
from apps.reminders.services.checking_in import check_in
from apps.reminders.services.taking_back import snooze_dose, undo_check_in

LONGEST_SPAN = timedelta(days=62)


class ReminderViewSet(ClinicalViewSet):
    """Doses of the caller's patients, and of plans the caller wrote as a doctor."""

    permission_classes = [IsSignedIn]
    queryset = Dose.objects.all()
    serializer_class = DoseOutput
    filterset_class = DoseFilter
    patient_of = "plan.patient_id"

    def narrow(self, queryset: QuerySet[Any]) -> QuerySet[Any]:
        """Bring the plan along, without which a dose says nothing, and what the state is at this moment."""
        doses = queryset.select_related("plan")
        return cast(QuerySet[Any], doses.as_of(timezone.now()))  # type: ignore[attr-defined]

    @extend_schema(request=CheckInInput, responses={200: DoseOutput})
    @action(detail=True, methods=["post"])
    def checkin(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Say that a dose was taken or skipped. Without a body: taken now.

        A missed dose is taken after all when `at` lies in its window. 409 `already_checked_in`, `dose_missed`,
        `dose_not_open` or `not_due_yet`; of a plan as needed `too_soon` or `daily_maximum` (both with `available_at`)
        or `nothing_to_skip`.
        """
        given = self.parse(CheckInInput)
        dose = check_in(actor=caller(request), dose_id=self.kwargs["pk"], now=timezone.now(), **given)
        return self.answer(_shown(dose))

    @extend_schema(request=None, responses={200: DoseOutput})
    @action(detail=True, methods=["post"])
    def undo(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Take a check-in back, within a quarter of an hour: everything is as before.

        409 `not_checked_in`, `too_late_to_undo` or `dose_not_open`.
        """
        dose = undo_check_in(actor=caller(request), dose_id=self.kwargs["pk"], now=timezone.now())
        return self.answer(_shown(dose))

    @extend_schema(request=SnoozeInput, responses={200: DoseOutput})
    @action(detail=True, methods=["post"])
    def snooze(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Put the next reminder of a due dose off; when it is missed stays as it is.

        409 `already_checked_in`, `dose_not_open`, `not_due_yet` or `window_too_short`.
        """
        minutes = self.parse(SnoozeInput)["minutes"]
        dose = snooze_dose(actor=caller(request), dose_id=self.kwargs["pk"], minutes=minutes, now=timezone.now())
        return self.answer(_shown(dose))

    @extend_schema(request=CheckInBatchInput, responses={200: CheckInBatchOutput})
    @action(detail=False, methods=["post"], url_path="checkin-batch", pagination_class=None, filter_backends=[])
    def checkin_batch(self, request: Request) -> Response:
        """Check several doses in. Each stands for itself: one that is refused keeps none of the others back."""
        answers = self.parse(CheckInBatchInput)["answers"]
        done = check_in_batch(actor=caller(request), answers=answers, now=timezone.now())
        return Response(CheckInBatchOutput({"results": [_outcome(each) for each in done]}).data)

    @extend_schema(parameters=[CalendarQuery], responses={200: CalendarOutput}, filters=False)
    @action(detail=False, methods=["get"], pagination_class=None, filter_backends=[])
    def calendar(self, request: Request) -> Response:
        """Show one patient's doses day by day, for a week or up to 62 days. One's own without `patient`."""
        given, now = query_of(request, CalendarQuery), timezone.now()
        patient = _patient_of(request, given["patient"], now)
        first, last = _span(given, today=patient.today(now=now))
        doses = self.get_queryset().filter(plan__patient=patient, local_date__range=(first, last))
        record_clinical_read(actor=caller(request), patient_ids=[patient.pk], what="reminders.dose")
        days = _by_day(doses.order_by("local_date", "due_at", "id"))
        return Response(CalendarOutput({"patient": patient.pk, "days": days}).data)


def _shown(dose: Any) -> Dose:
    """Return a dose as the serializer takes it: who has just acted on it knows that its generation is current."""
    dose.current_state = dose.state
    return cast(Dose, dose)


def _outcome(answer: BatchAnswer) -> dict[str, Any]:
    return {
        "dose": answer.dose_id,
        "is_done": answer.refusal is None,
        "state": answer.dose.state if answer.dose else None,
        "code": answer.refusal.code if answer.refusal else "",
        "detail": str(answer.refusal.detail) if answer.refusal else "",
    }


def _patient_of(request: Request, patient_id: UUID | None, now: datetime) -> Patient:
    """Return the patient asked for, if the caller manages, treats or treated them, else the caller's own."""
    user = caller(request)
    if patient_id:
        patients = Patient.objects.once_close_to(user, now=now).filter(pk=patient_id)
    else:
        own = {"managements__user": user, "managements__relation": Relation.SELF, "managements__ended_at": None}
        patients = Patient.objects.filter(**own)
    found = patients.first()
    if found is None:
        raise NotFound
    return found


def _span(given: dict[str, Any], *, today: date) -> tuple[date, date]:
    first = given["from"] or today
    last = given["to"] or min(first, date.max - LONGEST_SPAN) + timedelta(days=6)
    if not timedelta(0) <= last - first <= LONGEST_SPAN:
        raise BadParameter({"to": _("Give a day from `from` to 62 days later.")})
    return first, last


def _by_day(doses: Iterable[Dose]) -> list[dict[str, Any]]:
    return [{"date": day, "doses": list(group)} for day, group in groupby(doses, key=lambda dose: dose.local_date)]
