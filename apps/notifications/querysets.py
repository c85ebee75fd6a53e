"""How inbox and ledger are asked for."""

from typing import TYPE_CHECKING

from django.db import models

if TYPE_CHECKING:
    from apps.accounts.models import User
    from apps.notifications.models import Delivery, Notification


class NotificationQuerySet(models.QuerySet["Notification"]):
    """The inbox."""

    def visible_to(self, user: "User") -> "NotificationQuerySet":
        """Return the user's own inbox: nobody reads another's, whatever the role."""
        return self.filter(recipient=user)

    def unread(self) -> "NotificationQuerySet":
        """Return what was not opened yet."""
        return self.filter(read_at=None)


class DeliveryQuerySet(models.QuerySet["Delivery"]):
    """The ledger."""

    def visible_to(self, user: "User") -> "DeliveryQuerySet":
        """Return what was, or was not, sent to this user."""
        return self.filter(user=user)
