"""Weekly schedules and absences: kept by the doctor and by the staff of the doctor's hospital."""

from typing import Any, cast

from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from apps.accounts.permissions import IsDoctor, IsHospitalStaff, caller
from apps.appointments.api.filters.schedules import AbsenceFilter, ScheduleRuleFilter
from apps.appointments.api.serializers.absences import AbsenceInput, AbsenceOutput
from apps.appointments.api.serializers.schedules import (
    ScheduleRuleInput,
    ScheduleRuleOutput,
    WeekInput,
    WeekOutput,
)
from apps.appointments.models import Absence, ScheduleRule
from apps.appointments.services.absences import add_absence, change_absence, remove_absence
from apps.appointments.services.schedules import add_rule, change_rule, remove_rule, replace_week
from apps.core.http.problems import BadParameter
from apps.core.http.views import ListMixin, RetrieveMixin, ScopedViewSet
from apps.hospitals.choices import Affected

AFFECTED = OpenApiParameter(
    "affected",
    enum=Affected.values,
    description="What becomes of live appointments that no longer fit; REFUSE (409, listing them) by default.",
)


def affected_parameter(request: Request) -> str:
    """Return the choice in `?affected=`, in any case; raises BadParameter."""
    unknown = set(request.query_params) - {"affected"}
    if unknown:
        raise BadParameter({name: _("There is no such parameter here.") for name in unknown})
    choice = request.query_params.get("affected", Affected.REFUSE).upper()
    if choice not in Affected.values:
        raise BadParameter({"affected": _("Give REFUSE, MOVE or CANCEL.")})
    return str(choice)


class CalendarViewSet(ListMixin, RetrieveMixin, ScopedViewSet):
    """Rows of calendars that the caller keeps."""

    permission_classes = [IsDoctor | IsHospitalStaff]

    def narrow(self, queryset: QuerySet[Any]) -> QuerySet[Any]:
        """Bring along the zone that the times are shown in."""
        return queryset.select_related("doctor__hospital")


class ScheduleRuleViewSet(CalendarViewSet):
    """Weekly ranges: of the caller as a doctor, or of the doctors of the caller's hospital."""

    queryset = ScheduleRule.objects.all()
    serializer_class = ScheduleRuleOutput
    filterset_class = ScheduleRuleFilter

    @extend_schema(request=ScheduleRuleInput, responses={201: ScheduleRuleOutput})
    def create(self, request: Request) -> Response:
        """Add a range to a doctor's week. The ranges of a doctor never overlap on any date.

        409 `rules_overlap`, `too_many_rules`; `appointments_affected` lists the appointments that no longer fit.
        """
        given = self.parse(ScheduleRuleInput)
        rule = add_rule(
            actor=caller(request),
            doctor_id=given.pop("doctor", None),
            affected=given.pop("affected"),
            rule=given,
            now=timezone.now(),
        )
        return self.answer(self._shown(rule), status=201)

    @extend_schema(operation_id="doctors_schedules_replace", request=WeekInput, responses={200: WeekOutput})
    def replace(self, request: Request) -> Response:
        """Replace a doctor's whole week by `available_timings`; an empty object leaves no working time.

        409 `too_many_rules`; `appointments_affected` lists the appointments that no longer fit.
        """
        given = self.parse(WeekInput)
        week = replace_week(
            actor=caller(request),
            doctor_id=given.get("doctor"),
            rules=WeekInput.rules_of(given),
            affected=given["affected"],
            now=timezone.now(),
        )
        shown = self.narrow(ScheduleRule.objects.filter(pk__in=[rule.pk for rule in week]))
        return self.answer({"results": list(shown)}, output=WeekOutput)

    @extend_schema(request=ScheduleRuleInput, responses={200: ScheduleRuleOutput})
    def update(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Replace a range; what is left out becomes what it usually is. The doctor stays.

        409 `rules_overlap`; `appointments_affected` lists the appointments that no longer fit.
        """
        return self._change(request, self.parse(ScheduleRuleInput))

    @extend_schema(request=ScheduleRuleInput, responses={200: ScheduleRuleOutput})
    def partial_update(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Change what is given of a range.

        409 `rules_overlap`; `appointments_affected` lists the appointments that no longer fit.
        """
        return self._change(request, self.parse(ScheduleRuleInput, partial=True))

    @extend_schema(parameters=[AFFECTED], responses={204: None})
    def destroy(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Remove a range. 409 `appointments_affected` lists the appointments that no longer fit."""
        remove_rule(
            actor=caller(request),
            rule_id=self.kwargs["pk"],
            affected=affected_parameter(request),
            now=timezone.now(),
            precondition=self.check_precondition,
        )
        return Response(status=204)

    def _change(self, request: Request, given: dict[str, Any]) -> Response:
        given.pop("doctor", None)
        rule = change_rule(
            actor=caller(request),
            rule_id=self.kwargs["pk"],
            affected=given.pop("affected", Affected.REFUSE),
            changes=given,
            now=timezone.now(),
            precondition=self.check_precondition,
        )
        return self.answer(self._shown(rule))

    def _shown(self, rule: ScheduleRule) -> ScheduleRule:
        return cast(ScheduleRule, self.narrow(ScheduleRule.objects.all()).get(pk=rule.pk))


class MyScheduleViewSet(ListMixin, ScopedViewSet):
    """The caller's own week."""

    permission_classes = [IsDoctor]
    queryset = ScheduleRule.objects.all()
    serializer_class = ScheduleRuleOutput
    filterset_class = ScheduleRuleFilter

    def narrow(self, queryset: QuerySet[Any]) -> QuerySet[Any]:
        """Leave out colleagues, should the login ever be staff too."""
        return queryset.filter(doctor__user=self.request.user).select_related("doctor__hospital")


class AbsenceViewSet(CalendarViewSet):
    """Absences: of the caller as a doctor, or of the doctors of the caller's hospital."""

    queryset = Absence.objects.all()
    serializer_class = AbsenceOutput
    filterset_class = AbsenceFilter

    @extend_schema(request=AbsenceInput, responses={201: AbsenceOutput})
    def create(self, request: Request) -> Response:
        """Be away, between two moments or for whole days. Nothing can be booked meanwhile.

        409 `appointments_affected` lists the appointments that stand in that time.
        """
        given = self.parse(AbsenceInput)
        absence = add_absence(
            actor=caller(request),
            doctor_id=given.get("doctor"),
            starts=given.get("starts_at") or given["from_date"],
            ends=given.get("ends_at") or given["to_date"],
            reason=given.get("reason", ""),
            affected=given["affected"],
            now=timezone.now(),
        )
        return self.answer(self._shown(absence), status=201)

    @extend_schema(request=AbsenceInput, responses={200: AbsenceOutput})
    def partial_update(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Change what is given of an absence.

        409 `appointments_affected` lists the appointments that stand in that time.
        """
        given = self.parse(AbsenceInput, partial=True)
        absence = change_absence(
            actor=caller(request),
            absence_id=self.kwargs["pk"],
            starts=given.get("starts_at") or given.get("from_date"),
            ends=given.get("ends_at") or given.get("to_date"),
            reason=given.get("reason"),
            affected=given.get("affected", Affected.REFUSE),
            now=timezone.now(),
            precondition=self.check_precondition,
        )
        return self.answer(self._shown(absence))

    @extend_schema(responses={204: None})
    def destroy(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Take an absence back; its time can be booked again."""
        remove_absence(
            actor=caller(request),
            absence_id=self.kwargs["pk"],
            now=timezone.now(),
            precondition=self.check_precondition,
        )
        return Response(status=204)

    def _shown(self, absence: Absence) -> Absence:
        return cast(Absence, self.narrow(Absence.objects.all()).get(pk=absence.pk))
