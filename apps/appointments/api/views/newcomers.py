"""The week of a doctor who is being taken in: the doors of the floor below make the doctor."""

from typing import Any, cast
from uuid import UUID

from django.db import transaction
from django.utils import timezone
from rest_framework.response import Response

from apps.accounts.permissions import caller
from apps.appointments.api.serializers.schedules import FirstWeekInput
from apps.appointments.services.schedules import replace_week
from apps.hospitals.choices import Affected


class WithFirstWeek:
    """Mixed into the doors that make doctors: `available_timings` may come with the doctor, as in system 001."""

    def add(self) -> Response:
        """Make a doctor, and the week with it: both or neither."""
        view = cast(Any, self)
        week = view.parse(FirstWeekInput)
        with transaction.atomic():
            response: Response = super().add()  # type: ignore[misc]
            if "available_timings" in week:
                replace_week(
                    actor=caller(view.request),
                    doctor_id=UUID(response.data["doctor"]["id"]),
                    rules=FirstWeekInput.rules_of(week),
                    affected=Affected.REFUSE,
                    now=timezone.now(),
                )
        return response
