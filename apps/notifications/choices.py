"""The closed lists of notifications."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class Channel(models.TextChoices):
    """Ways out of the house. The inbox itself needs none."""

    EMAIL = "EMAIL", _("E-mail")


class DeliveryState(models.TextChoices):
    """What has become of one message to one recipient through one channel."""

    PENDING = "PENDING", _("Waiting to be sent")
    SENDING = "SENDING", _("Claimed by a worker")
    SENT = "SENT", _("Taken by the provider")
    DROPPED = "DROPPED", _("No longer wanted when its time came")
    FAILED = "FAILED", _("Given up")


OPEN_STATES = (DeliveryState.PENDING, DeliveryState.SENDING)
