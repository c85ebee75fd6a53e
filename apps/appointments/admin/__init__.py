"""The pages of appointments in the admin, by subject."""

from apps.appointments.admin.appointments import AppointmentAdmin, RatingAdmin
from apps.appointments.admin.schedules import AbsenceAdmin, ScheduleRuleAdmin

__all__ = ["AbsenceAdmin", "AppointmentAdmin", "RatingAdmin", "ScheduleRuleAdmin"]
