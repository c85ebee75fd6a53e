"""Working the ledger off: claim, commit, ask whether it may go and is still wanted, send, record."""

import logging
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from uuid import UUID

from django.conf import settings
from django.db.models import F
from django.utils import timezone

from apps.notifications import channels
from apps.notifications.channels import AnswerLost, Away, NotNow, Refused, Send, Unsendable
from apps.notifications.choices import Channel, DeliveryState, Reason
from apps.notifications.models import Delivery
from apps.notifications.services import breaking
from apps.notifications.services.claiming import Lease, lease_time
from apps.notifications.services.deciding import Detail, detail_of, obstacle_to
from apps.notifications.topics import Message, Topic, topic_named

logger = logging.getLogger(__name__)

BATCH = 50
SHORTEST_WAIT = timedelta(seconds=15)
LONGEST_WAIT = timedelta(hours=1)
Clock = Callable[[], datetime]
Wanted = Mapping[UUID, Message]


def deliver_pending(*, clock: Clock = timezone.now, batches: int = 20) -> int:
    """Send what is due, in up to `batches` batches a channel, and return how many messages the providers took."""
    return sum(_deliver(channel, clock, batches) for channel in Channel.values)


def _deliver(channel: str, clock: Clock, batches: int) -> int:
    """Send what is due through one channel, until its provider is found away."""
    began = clock()
    if not breaking.may_send(channel, now=began):
        return 0
    run = _Run(channel, clock)
    for _ in range(batches):
        if run.is_cut_short or not run.work_off_a_batch():
            break
    if not run.has_asked:
        breaking.give_back_trial(channel, taken_at=began)
    return run.sent


class _Run:
    """One worker's way through the due messages of one channel."""

    def __init__(self, channel: str, clock: Clock) -> None:
        self.channel = channel
        self.clock = clock
        self.sent = 0
        self.has_asked = False  # Nobody knows more about the provider than before.
        self.is_cut_short = False  # The provider is away: what is left waits for it.
        self._may_be_struck = True  # Somebody has counted outages: the next answer ends the count.

    def work_off_a_batch(self) -> int:
        """Claim a batch, send of it what may go, and return how many were claimed."""
        lease = Lease(self.clock)
        claimed = lease.claim(self.channel, limit=BATCH)
        if claimed:
            held = Delivery.objects.filter(lease=lease.id).select_related("user__notification_preferences")
            with channels.door(self.channel) as send:
                for delivery, topic, message in self._ready(lease, held.order_by("id")):
                    self._send_in_time(lease, delivery, topic, message, send)
        return len(claimed)

    def _ready(self, lease: Lease, held: Iterable[Delivery]) -> Iterator[tuple[Delivery, Topic, Message]]:
        """Yield what may go out now with its words; what may not, or is not wanted any more, says so in its row."""
        for name, group in _by_topic(held).items():
            try:
                topic = topic_named(name)
                free = [delivery for delivery in group if not self._is_held_back(lease, delivery, topic)]
                messages = _messages(topic, [delivery.subject_id for delivery in free])
            except Exception as failure:  # A topic that fails must not hold up the others.
                for delivery in group:
                    delivery.attempts += 1
                    _retry_later(lease, delivery, failure, attempts=delivery.attempts)
                continue
            unwanted = [delivery for delivery in free if delivery.subject_id not in messages]
            lease.record(unwanted, state=DeliveryState.DROPPED, reason=Reason.NOT_WANTED)
            for delivery in free:
                if delivery.subject_id in messages:
                    yield delivery, topic, messages[delivery.subject_id]

    def _is_held_back(self, lease: Lease, delivery: Delivery, topic: Topic) -> bool:
        obstacle = obstacle_to(delivery, topic=topic, now=self.clock())
        if obstacle is not None:
            later = {"next_attempt_at": obstacle.until} if obstacle.until else {}
            lease.record([delivery], state=obstacle.state, reason=obstacle.reason, **later)
        return obstacle is not None

    def _send_in_time(self, lease: Lease, delivery: Delivery, topic: Topic, message: Message, send: Send) -> None:
        """Send it, unless the provider is away or the lease leaves no time: then somebody begins afresh."""
        if self.is_cut_short or not _is_time_left(delivery, now=self.clock()):
            lease.give_back([delivery])
        elif lease.begin(delivery):
            delivery.attempts += 1
            self._send(lease, delivery, message, detail_of(delivery, topic=topic), send)

    def _send(self, lease: Lease, delivery: Delivery, message: Message, detail: Detail, send: Send) -> None:
        try:
            name = send(address=delivery.address, message=message, with_detail=detail.goes_out, key=delivery.pk)
        except Unsendable as nonsense:
            _refused(lease, delivery, nonsense)
        except Refused as refusal:
            _refused(lease, delivery, refusal)
            self._note_answer()
        except NotNow as refusal:
            _retry_later(lease, delivery, refusal)
            self._note_answer()
        except Away as outage:
            self._wait_for_provider(lease, delivery, outage)
        except AnswerLost as silence:
            _retry_later(lease, delivery, silence, may_be_repeated=True)
            self._count_outage(silence)
        except Exception as failure:  # One message must not hold up the rest, whatever is wrong with it.
            _retry_later(lease, delivery, failure)
        else:
            now = self.clock()
            lease.record([delivery], state=DeliveryState.SENT, reason=detail.reason, sent_at=now, provider_id=name)
            self.sent += 1
            self._note_answer()

    def _wait_for_provider(self, lease: Lease, delivery: Delivery, outage: Away) -> None:
        """Try it again soon, at no cost of its own; behind the others, so that not always the same finds out."""
        lease.record(
            [delivery],
            state=DeliveryState.PENDING,
            reason=Reason.AWAY,
            attempts=F("attempts") - 1,
            next_attempt_at=self.clock() + SHORTEST_WAIT,
            last_failure=_named(outage),
        )
        self._count_outage(outage)

    def _note_answer(self) -> None:
        self.has_asked = True
        if self._may_be_struck:
            breaking.all_is_well(self.channel)
            self._may_be_struck = False

    def _count_outage(self, failure: Exception) -> None:
        logger.warning("provider is away", extra={"channel": self.channel, "reason": _named(failure)})
        self.has_asked = self._may_be_struck = True
        self.is_cut_short = breaking.strike(self.channel, failure=_named(failure), now=self.clock())


def _messages(topic: Topic, subject_ids: Sequence[UUID]) -> Wanted:
    """Return the words about each subject that is still there and still wanted."""
    return topic.render(list(topic.still_wanted(subject_ids))) if subject_ids else {}


def _is_time_left(delivery: Delivery, *, now: datetime) -> bool:
    """Return whether one more conversation fits into the lease."""
    longest = timedelta(seconds=max(settings.EMAIL_TIMEOUT, settings.SMS_TIMEOUT))
    return now <= delivery.next_attempt_at - min(longest, lease_time() / 2)


def _refused(lease: Lease, delivery: Delivery, refusal: Exception) -> None:
    lease.record([delivery], state=DeliveryState.FAILED, reason=Reason.REFUSED, last_failure=str(refusal))


def _retry_later(lease: Lease, delivery: Delivery, failure: Exception, **columns: object) -> None:
    """Try it again after twice the last wait; give it up when it was tried often enough."""
    is_last = delivery.attempts >= settings.DELIVERY_MAX_ATTEMPTS
    wait = min(SHORTEST_WAIT * 2 ** min(max(delivery.attempts - 1, 0), 10), LONGEST_WAIT)
    what = {"delivery": str(delivery.pk), "reason": _named(failure), "gives_up": is_last}
    logger.warning("delivery failed", extra=what)
    lease.record(
        [delivery],
        state=DeliveryState.FAILED if is_last else DeliveryState.PENDING,
        reason=Reason.GIVEN_UP if is_last else Reason.RETRYING,
        last_failure=_named(failure),
        next_attempt_at=lease.clock() + wait,
        **columns,
    )


def _named(failure: Exception) -> str:
    """Return what went wrong without a word of what others wrote: our own outcomes say it, the rest by their kind."""
    return str(failure) if isinstance(failure, NotNow | Away | AnswerLost) and str(failure) else type(failure).__name__


def _by_topic(deliveries: Iterable[Delivery]) -> Mapping[str, list[Delivery]]:
    grouped = defaultdict(list)
    for delivery in deliveries:
        grouped[delivery.topic].append(delivery)
    return grouped
