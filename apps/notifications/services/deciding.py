"""Whether a message may go out now: what its recipient chose and may still see, where it goes, whether in time."""

from datetime import datetime
from typing import NamedTuple

from django.conf import settings

from apps.accounts.models import User
from apps.notifications.choices import Channel, DeliveryState, Reason
from apps.notifications.models import Delivery, Preferences
from apps.notifications.topics import Topic


class Obstacle(NamedTuple):
    """Why a message does not go out now, and until when where it may go later."""

    state: DeliveryState
    reason: Reason
    until: datetime | None = None


def obstacle_to(delivery: Delivery, *, topic: Topic, now: datetime) -> Obstacle | None:
    """Return what keeps the message from going out now, None when nothing does."""
    if delivery.useless_after is not None and delivery.useless_after <= now:
        return Obstacle(DeliveryState.FAILED, Reason.TOO_LATE)
    if delivery.attempts >= settings.DELIVERY_MAX_ATTEMPTS:  # Whoever tried it last time has died of it, or with it.
        return Obstacle(DeliveryState.FAILED, Reason.GIVEN_UP)
    if delivery.channel == Channel.SMS and not settings.SMS_URL:
        return Obstacle(DeliveryState.WITHHELD, Reason.NO_GATEWAY)
    if not delivery.address:
        return Obstacle(DeliveryState.WITHHELD, Reason.NO_ADDRESS)
    return _of_recipient(delivery, delivery.user, topic, now) if delivery.user else None


def _of_recipient(delivery: Delivery, user: User, topic: Topic, now: datetime) -> Obstacle | None:
    chosen = preferences_of(user)
    if not chosen.wants(topic.kind, delivery.channel):
        return Obstacle(DeliveryState.WITHHELD, Reason.MUTED)
    if not topic.readable_by(user, [delivery.subject_id]):
        return Obstacle(DeliveryState.DROPPED, Reason.NOT_YOURS)
    until = None if delivery.is_urgent else chosen.quiet_at(now)
    return Obstacle(DeliveryState.PENDING, Reason.QUIET, until) if until else None


def preferences_of(user: User) -> Preferences:
    """Return what the person chose, or what holds for whoever chose nothing."""
    try:
        return user.notification_preferences
    except Preferences.DoesNotExist:
        return Preferences(user=user)


class Detail(NamedTuple):
    """Whether the detail goes out, and what the row says of it."""

    goes_out: bool = False
    reason: Reason | str = ""


def detail_of(delivery: Delivery, *, topic: Topic) -> Detail:
    """Return whether the detail goes out: the topic's is its readers' own, the reader allows it, the address is sure.

    Text messages never have it: nobody has shown whose number it is.
    """
    user = delivery.user
    if user is None or delivery.channel != Channel.EMAIL or not topic.detail_may_leave:
        return Detail()
    if not preferences_of(user).allows_detail:
        return Detail()
    return Detail(goes_out=True) if user.is_email_verified else Detail(reason=Reason.UNCONFIRMED)
