"""The base of doors to clinical rows, for the apps above: scoped, and every look by another person written down."""

from operator import attrgetter
from typing import Any
from uuid import UUID

from rest_framework.request import Request
from rest_framework.response import Response

from apps.accounts.permissions import caller
from apps.core.http.views import ListMixin, RetrieveMixin, ScopedViewSet
from apps.patients.services.reading import record_clinical_read

Rows = list[Any]  # `list` is a handler's name inside the class


class ClinicalViewSet(ListMixin, RetrieveMixin, ScopedViewSet):
    """Lists and shows clinical rows; `patient_of` is the attribute path from a row to its patient's id."""

    patient_of = "patient_id"

    def show(self, rows: Rows) -> Rows:
        """Return the rows as the serializer takes them; a subclass opens here what is sealed."""
        return rows

    def list(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Answer one page, having written down whose rows it shows."""
        page = self.paginate_queryset(self.filter_queryset(self.get_queryset())) or []
        shown = self.get_serializer_class()(self.looked_over(page), many=True, context=self.get_serializer_context())
        return self.get_paginated_response(shown.data)

    def get_shown_object(self) -> Any:
        """Return this route's row as the serializer takes it, having written down that it was read."""
        return self.looked_over([self.get_object()])[0]

    def looked_over(self, rows: Rows) -> Rows:
        """Return the rows as the serializer takes them, having written down whose they are."""
        what = self.queryset.model._meta.label_lower
        record_clinical_read(actor=caller(self.request), patient_ids=self.looked_at(rows), what=what)
        return self.show(rows)

    def looked_at(self, rows: Rows) -> set[UUID]:
        """Return the ids of the patients of whom these rows tell something."""
        return {attrgetter(self.patient_of)(row) for row in rows}
