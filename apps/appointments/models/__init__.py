"""The tables of appointments, by subject."""

from apps.appointments.models.appointments import Appointment, TsTzRange
from apps.appointments.models.feeds import CalendarFeed
from apps.appointments.models.lines import LeftPlace
from apps.appointments.models.ratings import Rating
from apps.appointments.models.schedules import Absence, ScheduleRule

__all__ = ["Absence", "Appointment", "CalendarFeed", "LeftPlace", "Rating", "ScheduleRule", "TsTzRange"]
