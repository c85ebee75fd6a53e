"""What providers report of messages that they took, and what administrators do with those that failed."""

from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from apps.accounts.models import User
from apps.core import audit
from apps.core.errors import NotFound, RuleRefused
from apps.core.wakeups import wake_after_commit
from apps.notifications.choices import REPORTED, DeliveryState, Reason, Report
from apps.notifications.models import Delivery
from apps.notifications.topics import topic_named


class NotFailed(RuleRefused):
    """Only what failed is tried again."""

    code = "not_failed"
    detail = _("This message has not failed, so there is nothing to try again.")


def take_report(*, delivery_id: UUID, report: Report | None, provider_id: str, error: str, now: datetime) -> None:
    """Write down what the provider reports of a message; raises NotFound.

    It only leads forward, so a report that is repeated, replayed or late changes nothing. It also settles a message
    whose answer was lost: the provider has it.
    """
    with transaction.atomic():
        delivery = Delivery.objects.select_for_update().filter(pk=delivery_id).first()
        if delivery is None:
            raise NotFound
        before, after = REPORTED.get(report, ((), None)) if report else ((), None)
        if after is None or delivery.state not in before:
            return
        delivery.state, delivery.lease, delivery.reason = after, None, ""
        delivery.provider_id = provider_id or delivery.provider_id
        if after is DeliveryState.FAILED:
            delivery.reason, delivery.last_failure = Reason.UNDELIVERED, f"provider {error}".strip()
        else:
            delivery.sent_at = delivery.sent_at or now
        if after is DeliveryState.DELIVERED:
            delivery.delivered_at = now
        delivery.save()


def retry_delivery(*, actor: User, delivery_id: UUID, now: datetime) -> Delivery:
    """Try a failed message again, afresh and under its old key; raises NotFound and NotFailed.

    Whether it is still wanted, and where its recipient now wants it, is asked as ever when its turn comes.
    """
    with transaction.atomic():
        delivery = Delivery.objects.select_for_update().filter(pk=delivery_id).first()
        if delivery is None:
            raise NotFound
        if delivery.state != DeliveryState.FAILED:
            raise NotFailed
        delivery.state, delivery.reason, delivery.attempts = DeliveryState.PENDING, "", 0
        delivery.next_attempt_at, delivery.useless_after = now, now + topic_named(delivery.topic).good_for
        delivery.save()
        audit.record("delivery_retried", actor_id=actor.pk, subject=delivery, concerns_id=None)
        wake_after_commit("deliveries")
    return delivery
