"""Ratings of doctors: read by everybody, written by who was there."""

from typing import Any, cast

from django.db import transaction
from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework.permissions import SAFE_METHODS, AllowAny, BasePermission
from rest_framework.request import Request
from rest_framework.response import Response

from apps.accounts.permissions import IsSignedIn, caller
from apps.appointments.api.serializers.ratings import (
    BreakdownOutput,
    ChangeRatingInput,
    RateInput,
    RatingOutput,
)
from apps.appointments.models import Rating
from apps.appointments.selectors import rating_breakdown
from apps.appointments.services.rating import change_rating, rate_doctor, take_rating_back
from apps.core.http.views import CareLoopViewSet, ListMixin, RetrieveMixin, ScopedViewSet, one_or_absent
from apps.hospitals.models import Doctor


class RatingViewSet(ListMixin, RetrieveMixin, ScopedViewSet):
    """The ratings of one doctor who is listed."""

    permission_classes = [IsSignedIn]
    queryset = Rating.objects.all()
    serializer_class = RatingOutput

    def get_permissions(self) -> list[BasePermission]:
        """Let everybody read."""
        return [AllowAny()] if self.request and self.request.method in SAFE_METHODS else [IsSignedIn()]

    def narrow(self, queryset: QuerySet[Any]) -> QuerySet[Any]:
        """Take this doctor's; raises NotFound for a doctor who is not listed."""
        return queryset.filter(doctor=one_or_absent(Doctor.objects.practising(), self.kwargs["pk"]))

    def get_object(self) -> Any:
        """Return this route's rating; the first id of the address is the doctor's."""
        return one_or_absent(self.get_queryset(), self.kwargs["rating"])

    @extend_schema(request=RateInput, responses={201: RatingOutput})
    def create(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Rate a doctor after a visit that took place, once for each patient. 409 `no_visit_yet`, `already_rated`."""
        given = self.parse(RateInput)
        rating = rate_doctor(
            actor=caller(request),
            doctor_id=self.kwargs["pk"],
            patient_id=given["patient"],
            stars=given["stars"],
            review=given["review"],
        )
        return self.answer(self._shown(rating), status=201)

    @extend_schema(request=ChangeRatingInput, responses={200: RatingOutput})
    def update(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Replace one's own rating."""
        return self._change(self.parse(ChangeRatingInput))

    @extend_schema(request=ChangeRatingInput, responses={200: RatingOutput})
    def partial_update(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Change one's own rating."""
        return self._change(self.parse(ChangeRatingInput, partial=True))

    @extend_schema(responses={204: None})
    def destroy(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Take one's own rating back."""
        with transaction.atomic():
            rating = self.locked_object()
            take_rating_back(actor=caller(request), doctor_id=rating.doctor_id, rating_id=rating.pk)
        return Response(status=204)

    def _change(self, changes: dict[str, Any]) -> Response:
        with transaction.atomic():
            rating = self.locked_object()
            change_rating(actor=caller(self.request), doctor_id=rating.doctor_id, rating_id=rating.pk, changes=changes)
        return self.answer(self._shown(rating))

    def _shown(self, rating: Rating) -> Rating:
        return cast(Rating, self.get_queryset().get(pk=rating.pk))


class RatingBreakdownViewSet(CareLoopViewSet):
    """How a doctor is rated."""

    permission_classes = [AllowAny]
    pagination_class = None

    @extend_schema(operation_id="doctors_ratings_breakdown", responses={200: BreakdownOutput})
    def retrieve(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Read how a doctor is rated, star by star."""
        doctor = one_or_absent(Doctor.objects.practising(), self.kwargs["pk"])
        return self.answer(rating_breakdown(doctor), output=BreakdownOutput)
