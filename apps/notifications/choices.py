"""The closed lists of notifications."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class Channel(models.TextChoices):
    """Ways out of the house. The inbox itself needs none."""

    EMAIL = "EMAIL", _("E-mail")
    SMS = "SMS", _("Text message")


class Kind(models.TextChoices):
    """What messages are about, as far as a person chooses between them."""

    SECURITY = "SECURITY", _("Signing in, codes and what changed about your account")
    DOSES = "DOSES", _("Doses and plans")
    APPOINTMENTS = "APPOINTMENTS", _("Appointments")
    RECORDS = "RECORDS", _("Notes, records and prescriptions")
    GENERAL = "GENERAL", _("Everything else")


class DeliveryState(models.TextChoices):
    """What has become of one message to one recipient through one channel."""

    PENDING = "PENDING", _("Waiting to be sent")
    CLAIMED = "CLAIMED", _("Held by a worker")
    SENDING = "SENDING", _("Being sent")
    SENT = "SENT", _("Taken by the provider")
    DELIVERED = "DELIVERED", _("Delivered, as the provider says")
    WITHHELD = "WITHHELD", _("Not sent")
    DROPPED = "DROPPED", _("No longer wanted when its time came")
    FAILED = "FAILED", _("Given up")


OPEN_STATES = (DeliveryState.PENDING, DeliveryState.CLAIMED, DeliveryState.SENDING)


class Reason(models.TextChoices):
    """Why a message waits, or did not go out, or not in full: what its recipient is told when asking."""

    QUIET = "QUIET", _("Your quiet hours: it waits until they are over.")
    AWAY = "AWAY", _("The provider is away: it is sent as soon as it is back.")
    RETRYING = "RETRYING", _("It could not be sent; it is tried again.")
    MUTED = "MUTED", _("You have muted messages of this kind here.")
    NO_ADDRESS = "NO_ADDRESS", _("There is no address to send it to.")
    NO_GATEWAY = "NO_GATEWAY", _("This service sends no text messages.")
    UNCONFIRMED = "UNCONFIRMED", _("Sent without details: your e-mail address is not confirmed.")
    NOT_WANTED = "NOT_WANTED", _("It was of no use any more when its time came.")
    NOT_YOURS = "NOT_YOURS", _("You could no longer see what it was about when its time came.")
    TOO_LATE = "TOO_LATE", _("It could not be sent in time to be of use.")
    REFUSED = "REFUSED", _("The mailbox or the number refused it.")
    GIVEN_UP = "GIVEN_UP", _("It was tried several times without success.")
    UNDELIVERED = "UNDELIVERED", _("The provider took it and could not deliver it.")


class Report(models.TextChoices):
    """What a provider says of a message afterwards; words of its own that mean neither are passed over."""

    TAKEN = "TAKEN", _("It is on its way")
    DELIVERED = "DELIVERED", _("It has arrived")
    UNDELIVERED = "UNDELIVERED", _("It will never arrive")


# From which states a report leads to which. Only forward, so that a report that comes twice, or late, changes nothing.
REPORTED: dict[Report, tuple[tuple[DeliveryState, ...], DeliveryState]] = {
    Report.TAKEN: (OPEN_STATES, DeliveryState.SENT),
    Report.DELIVERED: ((*OPEN_STATES, DeliveryState.SENT), DeliveryState.DELIVERED),
    Report.UNDELIVERED: ((*OPEN_STATES, DeliveryState.SENT), DeliveryState.FAILED),
}
