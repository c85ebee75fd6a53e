"""Choosing how to be told: every kind, every channel, quiet hours; whole or in part; one's own only."""

import pytest

from apps.core.models import AuditEvent
from apps.notifications.models import Preferences

pytestmark = pytest.mark.django_db
URL = "/api/v1/notifications/preferences/"
NIGHT = {"begins": "22:00:00", "ends": "07:00:00", "time_zone": "Europe/Paris"}
NOTHING_CHOSEN = {
    "channels": {
        kind: {"EMAIL": True, "SMS": False} for kind in ("SECURITY", "DOSES", "APPOINTMENTS", "RECORDS", "GENERAL")
    },
    "quiet_hours": None,
    "allows_detail": False,
}


@pytest.fixture
def api(client_of, patient):
    return client_of(patient)


def test_whoever_chose_nothing_is_told_by_e_mail_and_reading_that_writes_nothing(api):
    assert api.get(URL).json() == NOTHING_CHOSEN
    assert not Preferences.objects.exists()


def test_a_part_is_changed_and_the_rest_stays(api):
    api.patch(URL, {"quiet_hours": NIGHT, "channels": {"DOSES": {"SMS": True}}}, format="json")
    answer = api.patch(URL, {"channels": {"RECORDS": {"EMAIL": False}}}, format="json").json()
    assert answer == api.get(URL).json()
    assert answer["quiet_hours"] == NIGHT
    assert answer["channels"]["DOSES"] == {"EMAIL": True, "SMS": True}
    assert answer["channels"]["RECORDS"] == {"EMAIL": False, "SMS": False}
    assert AuditEvent.objects.filter(action="notification_preferences_changed").count() == 2


def test_the_whole_is_replaced(api):
    api.patch(URL, {"quiet_hours": NIGHT, "allows_detail": True}, format="json")
    answer = api.put(URL, {"channels": {"GENERAL": {"EMAIL": False}}}, format="json").json()
    expected = NOTHING_CHOSEN["channels"] | {"GENERAL": {"EMAIL": False, "SMS": False}}
    assert answer == NOTHING_CHOSEN | {"channels": expected}


def test_quiet_hours_are_taken_back_by_null(api):
    api.patch(URL, {"quiet_hours": NIGHT}, format="json")
    assert api.patch(URL, {"quiet_hours": None}, format="json").json()["quiet_hours"] is None


@pytest.mark.parametrize("method", ["put", "patch"])
def test_what_concerns_safety_is_never_muted(api, method):
    answer = getattr(api, method)(URL, {"channels": {"SECURITY": {"EMAIL": False}}}, format="json")
    assert (answer.status_code, answer.json()["code"]) == (409, "security_not_mutable")
    assert api.get(URL).json() == NOTHING_CHOSEN


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        ({"quiet_hours": {"begins": "22:00"}}, "/quiet_hours/ends"),
        ({"quiet_hours": {**NIGHT, "time_zone": "Mars/Olympus"}}, "/quiet_hours/time_zone"),
        ({"quiet_hours": {**NIGHT, "begins": "25:00"}}, "/quiet_hours/begins"),
        ({"channels": {"DOSES": {"SMS": "perhaps"}}}, "/channels/DOSES/SMS"),
        ({"channels": {"DOSES": []}}, "/channels/DOSES"),
        ({"allows_detail": None}, "/allows_detail"),
    ],
)
def test_what_makes_no_sense_is_refused_by_name(api, body, pointer):
    answer = api.patch(URL, body, format="json")
    assert answer.status_code == 400
    assert pointer in [error["pointer"].removesuffix("/non_field_errors") for error in answer.json()["errors"]]


def test_a_change_of_what_has_changed_meanwhile_is_refused(api):
    seen = api.get(URL)["ETag"]
    assert api.patch(URL, {"allows_detail": True}, format="json", HTTP_IF_MATCH=seen).status_code == 200
    assert api.patch(URL, {"allows_detail": False}, format="json", HTTP_IF_MATCH=seen).status_code == 412
    assert api.get(URL).json()["allows_detail"] is True


def test_anothers_are_not_touched(api, client_of, stranger):
    api.patch(URL, {"allows_detail": True}, format="json")
    assert client_of(stranger).get(URL).json() == NOTHING_CHOSEN
