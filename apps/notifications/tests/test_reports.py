"""What gateways report afterwards: signed, only ever forward; and failed messages that are tried again."""

from functools import partial
from urllib.parse import urlencode

import orjson
import pytest

from apps.accounts.choices import Role
from apps.core.ids import uuid7
from apps.core.models import AuditEvent
from apps.core.testing.proofs import race, rounds
from apps.notifications.channels.reports import json_signature, twilio_signature
from apps.notifications.channels.sms import status_url
from apps.notifications.choices import Channel, DeliveryState, Reason, Report
from apps.notifications.models import Delivery
from apps.notifications.services.announcing import announce_to_address
from apps.notifications.services.reports import NotFailed, retry_delivery, take_report
from tests.world import ABSENT, make_user

pytestmark = pytest.mark.django_db
SECRET = b"token"


@pytest.fixture
def message(subjects, settings, now) -> Delivery:
    """A text message that the gateway has taken."""
    settings.SMS_URL = "twilio+https://account:token@sms.example/messages"
    announce_to_address(subjects.name, subject_id=uuid7(), address="+15550100001", channel=Channel.SMS, now=now)
    Delivery.objects.update(state=DeliveryState.SENT, sent_at=now, provider_id="SM1")
    return Delivery.objects.get()


def report(api, key, status: str, *, secret: bytes = SECRET, **more: str):
    form = {"MessageSid": "SM1", "MessageStatus": status, **more}
    signature = twilio_signature(status_url(key), list(form.items()), secret)
    return api.post(
        f"/api/v1/notifications/sms-status/{key}/",
        urlencode(form),
        content_type="application/x-www-form-urlencoded",
        HTTP_X_TWILIO_SIGNATURE=signature,
    )


def test_the_signature_is_that_of_twilios_own_example():
    """The one in its documentation ("Validating requests")."""
    form = {
        "CallSid": "CA1234567890ABCDE",
        "Caller": "+14158675309",
        "Digits": "1234",
        "From": "+14158675309",
        "To": "+18005551212",
    }
    url = "https://mycompany.com/myapp.php?foo=1&bar=2"
    assert twilio_signature(url, list(form.items()), b"12345") == "RSOYDt4T1cUTdK1PDd93/VVr8B8="


class TestDoor:
    def test_what_arrived_is_written_down(self, client, message):
        assert report(client, message.pk, "delivered").status_code == 204
        message.refresh_from_db()
        assert message.state == DeliveryState.DELIVERED
        assert message.delivered_at is not None

    def test_what_will_never_arrive_has_failed(self, client, message):
        assert report(client, message.pk, "undelivered", ErrorCode="30003").status_code == 204
        message.refresh_from_db()
        assert (message.state, message.reason) == (DeliveryState.FAILED, Reason.UNDELIVERED)
        assert message.last_failure == "provider 30003"

    def test_in_json_too(self, client, message, settings):
        settings.SMS_URL = "json+https://:token@sms.example/messages"
        body = orjson.dumps({"id": "x-1", "status": "delivered"})
        headers = {"HTTP_X_SIGNATURE": json_signature(status_url(message.pk), body, SECRET)}
        url = f"/api/v1/notifications/sms-status/{message.pk}/"
        assert client.post(url, body, content_type="application/json", **headers).status_code == 204
        message.refresh_from_db()
        assert (message.state, message.provider_id) == (DeliveryState.DELIVERED, "x-1")

    def test_a_replay_changes_nothing(self, client, message):
        report(client, message.pk, "delivered")
        before = Delivery.objects.values().get()
        for status in ("delivered", "sent", "failed", "queued", "no such word"):
            assert report(client, message.pk, status).status_code == 204
        assert Delivery.objects.values().get() == before

    @pytest.mark.parametrize("secret", [b"", b"another"])
    def test_a_forged_one_is_refused_and_changes_nothing(self, client, message, secret):
        answer = report(client, message.pk, "failed", secret=secret)
        assert (answer.status_code, answer.json()["code"]) == (401, "not_signed_in")
        message.refresh_from_db()
        assert message.state == DeliveryState.SENT

    def test_one_for_another_message_is_forged(self, client, message):
        form = {"MessageSid": "SM1", "MessageStatus": "failed"}
        signature = twilio_signature(status_url(ABSENT), list(form.items()), SECRET)
        answer = client.post(
            f"/api/v1/notifications/sms-status/{message.pk}/",
            urlencode(form),
            content_type="application/x-www-form-urlencoded",
            HTTP_X_TWILIO_SIGNATURE=signature,
        )
        assert answer.status_code == 401

    @pytest.mark.parametrize("given", [{}, {"HTTP_X_TWILIO_SIGNATURE": "\xff"}])
    def test_nor_is_one_without_a_signature_or_a_body_believed(self, client, message, given):
        url = f"/api/v1/notifications/sms-status/{message.pk}/"
        assert client.post(url, b"", content_type="application/x-www-form-urlencoded", **given).status_code == 401

    def test_where_there_is_no_gateway_nobody_is_believed(self, client, message, settings):
        settings.SMS_URL = ""
        assert report(client, message.pk, "failed", secret=b"").status_code == 401

    def test_of_a_message_that_never_was_it_is_not_found(self, client, message):
        assert report(client, ABSENT, "delivered").status_code == 404


class TestForward:
    @pytest.mark.parametrize("state", ["PENDING", "CLAIMED", "SENDING"])
    def test_a_message_whose_answer_was_lost_is_settled_by_its_report(self, message, now, state):
        Delivery.objects.update(state=state, may_be_repeated=True, lease=uuid7(), sent_at=None)
        take_report(delivery_id=message.pk, report=Report.TAKEN, provider_id="SM2", error="", now=now)
        message.refresh_from_db()
        assert (message.state, message.lease, message.sent_at) == (DeliveryState.SENT, None, now)
        assert message.provider_id == "SM2"

    @pytest.mark.parametrize("state", ["FAILED", "DROPPED", "WITHHELD", "DELIVERED"])
    @pytest.mark.parametrize("what", [*Report, None])
    def test_what_is_settled_stays(self, message, now, state, what):
        Delivery.objects.update(state=state)
        take_report(delivery_id=message.pk, report=what, provider_id="", error="", now=now)
        message.refresh_from_db()
        assert message.state == state


class TestTryingAgain:
    def test_a_failed_message_begins_afresh_under_its_old_key(self, message, now):
        Delivery.objects.update(state=DeliveryState.FAILED, reason=Reason.GIVEN_UP, attempts=12, useless_after=now)
        admin = make_user("admin", Role.ADMIN)
        again = retry_delivery(actor=admin, delivery_id=message.pk, now=now)
        assert (again.pk, again.state, again.reason, again.attempts) == (message.pk, DeliveryState.PENDING, "", 0)
        assert again.next_attempt_at == now < again.useless_after
        assert AuditEvent.objects.get(action="delivery_retried").actor_id == admin.pk

    @pytest.mark.parametrize("state", sorted(set(DeliveryState.values) - {"FAILED"}))
    def test_nothing_else_does(self, message, now, state):
        Delivery.objects.update(state=state)
        with pytest.raises(NotFailed):
            retry_delivery(actor=make_user("admin", Role.ADMIN), delivery_id=message.pk, now=now)


@pytest.mark.proof
@pytest.mark.django_db(transaction=True)
def test_reports_that_race_end_in_one_state_that_one_of_them_named(message, now):
    for _ in range(rounds(2, 30)):
        Delivery.objects.update(state=DeliveryState.SENT)
        given = {"delivery_id": message.pk, "provider_id": "", "error": "", "now": now}
        race([partial(take_report, report=what, **given) for what in (Report.DELIVERED, Report.UNDELIVERED)] * 3)
        message.refresh_from_db()
        assert message.state in {DeliveryState.DELIVERED, DeliveryState.FAILED}
