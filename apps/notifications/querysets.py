"""How inbox and ledger are asked for."""

from datetime import datetime
from typing import TYPE_CHECKING, NamedTuple
from uuid import UUID

from django.db import models
from django.db.models import Q

if TYPE_CHECKING:
    from apps.accounts.models import User
    from apps.notifications.models import Delivery, Notification, Preferences, StreamTicket


# The first transaction that may not be over yet: what older ones wrote is there, and nothing is added to it.
HORIZON = "pg_snapshot_xmin(pg_current_snapshot())::text::bigint"


class Horizon(models.Func):
    """The horizon, as an expression."""

    template = HORIZON
    output_field = models.BigIntegerField()


class Place(NamedTuple):
    """A place in the order of the live stream: transactions in their order, rows of one by their ids."""

    written_in: int
    id: UUID


class NotificationQuerySet(models.QuerySet["Notification"]):
    """The inbox."""

    def visible_to(self, user: "User") -> "NotificationQuerySet":
        """Return the user's own inbox: nobody reads another's, whatever the role."""
        return self.filter(recipient=user, deleted_at=None)

    def unread(self) -> "NotificationQuerySet":
        """Return what was not opened yet."""
        return self.filter(read_at=None)

    def after(self, place: Place) -> "NotificationQuerySet":
        """Return what comes after a place of the live stream, in its order.

        Only what nothing can come before any more: a row that was made earlier and commits later is not passed over,
        as it would be by the ids.
        """
        later = Q(written_in__gt=place.written_in) | Q(written_in=place.written_in, id__gt=place.id)
        settled = Q(written_in__gte=place.written_in, written_in__lt=Horizon())
        return self.filter(later, settled).order_by("written_in", "id")


class DeliveryQuerySet(models.QuerySet["Delivery"]):
    """The ledger."""

    def visible_to(self, user: "User") -> "DeliveryQuerySet":
        """Return what was, or was not, sent to this user."""
        return self.filter(user=user)


class PreferencesQuerySet(models.QuerySet["Preferences"]):
    """What people chose."""

    def visible_to(self, user: "User") -> "PreferencesQuerySet":
        """Return the user's own."""
        return self.filter(user=user)


class StreamTicketQuerySet(models.QuerySet["StreamTicket"]):
    """Addresses of the live stream."""

    def good(self, *, now: datetime) -> "StreamTicketQuerySet":
        """Return the tickets that are not too old, of sessions that live."""
        return self.filter(expires_at__gt=now, session__ended_at=None, session__expires_at__gt=now)
