"""Query parameters of plans and doses."""

import django_filters

from apps.core.http.filters import TrueOrFalseFilter, UpperChoiceFilter
from apps.reminders.choices import DoseState, DraftState, PlanState
from apps.reminders.models import ActionPlan, ChecklistItem, Dose, PlanDraft


class ActionPlanFilter(django_filters.FilterSet):
    """`?state=&patient=&note=`; the state is that of this moment."""

    state = UpperChoiceFilter(field_name="current_state", choices=PlanState.choices)
    patient = django_filters.UUIDFilter(field_name="patient_id")
    note = django_filters.UUIDFilter(field_name="note_id")

    class Meta:
        model = ActionPlan
        fields: list[str] = []


class PlanDraftFilter(django_filters.FilterSet):
    """`?note=&state=`."""

    note = django_filters.UUIDFilter(field_name="note_id")
    state = UpperChoiceFilter(choices=DraftState.choices)

    class Meta:
        model = PlanDraft
        fields: list[str] = []


class ChecklistItemFilter(django_filters.FilterSet):
    """`?patient=&note=&is_open=`."""

    is_open = TrueOrFalseFilter()
    patient = django_filters.UUIDFilter(field_name="patient_id")
    note = django_filters.UUIDFilter(field_name="note_id")

    class Meta:
        model = ChecklistItem
        fields: list[str] = []


class DoseFilter(django_filters.FilterSet):
    """`?state=&plan=&patient=&from=&to=`, dates in the plan's zone, both included."""

    state = UpperChoiceFilter(field_name="current_state", choices=DoseState.choices)
    plan = django_filters.UUIDFilter(field_name="plan_id")
    patient = django_filters.UUIDFilter(field_name="plan__patient_id")

    class Meta:
        model = Dose
        fields: list[str] = []


# `from` is a word of the language, so these two cannot stand in the class body.
DoseFilter.base_filters["from"] = django_filters.DateFilter(field_name="local_date", lookup_expr="gte")
DoseFilter.base_filters["to"] = django_filters.DateFilter(field_name="local_date", lookup_expr="lte")
