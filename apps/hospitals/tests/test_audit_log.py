"""The audit log's door: administrators read everything, a hospital its own, and a filter that cannot be used is 400."""

from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from rest_framework.test import APIClient

from apps.accounts.choices import Role
from apps.accounts.models import User
from apps.core.ids import first_uuid7_at, uuid7
from apps.core.models import AuditEvent
from apps.hospitals.models import Hospital, StaffMember
from tests.care import client_of
from tests.world import make_doctor, make_hospital, make_staff, make_user

pytestmark = pytest.mark.django_db

URL = "/api/v1/audit-logs/"
NINE = datetime(2026, 3, 1, 9, tzinfo=UTC)
MILLISECOND = timedelta(milliseconds=1)


def event(action: str, *, at: datetime = NINE, **columns) -> AuditEvent:
    """Write down that something happened then: ids of the log begin with their time."""
    number = first_uuid7_at(at).int | uuid7().int & (1 << 62) - 1
    return AuditEvent.objects.create(id=UUID(int=number), at=at, action=action, **columns)


def actions(client: APIClient, **parameters) -> list[str]:
    """Return what the log shows of these tests' own events, newest first."""
    answer = client.get(URL, parameters)
    assert answer.status_code == 200, answer.content
    return [row["action"] for row in answer.json()["results"] if row["action"].startswith("act_")]


@pytest.fixture
def hospital() -> Hospital:
    return make_hospital("Riverside")


@pytest.fixture
def admin(now) -> APIClient:
    return client_of(make_user("admin", Role.ADMIN), now=now)


@pytest.fixture
def staff(hospital) -> User:
    return make_staff("sam", hospital)


class TestWhoSeesWhat:
    @pytest.fixture
    def written(self, hospital, staff) -> None:
        away = make_hospital("Lakeside")
        event("act_here", tenant_id=hospital.pk)
        event("act_there", tenant_id=away.pk)
        event("act_nowhere", actor_id=make_user("amina").pk)
        event("act_of_staff", actor_id=staff.pk)
        event("act_of_a_doctor", actor_id=make_doctor("lena", hospital).user_id)
        event("act_of_their_staff", actor_id=make_staff("tom", away).pk)
        # What the hospital's people do as private persons, and elsewhere.
        event("act_for_their_child", actor_id=staff.pk, concerns_id=uuid7())
        event("act_elsewhere", actor_id=staff.pk, tenant_id=away.pk)

    def test_an_administrator_sees_everything(self, written, admin):
        assert len(actions(admin)) == 8

    def test_a_hospital_sees_what_happened_there_and_what_its_people_did(self, written, staff, now):
        seen = client_of(staff, now=now)
        assert set(actions(seen)) == {"act_here", "act_of_staff", "act_of_a_doctor"}
        assert {"signed_in"} == {row["action"] for row in seen.get(URL, {"action": "signed_in"}).json()["results"]}

    @pytest.mark.parametrize("name", ["action", "actor", "concerns", "subject"])
    def test_no_filter_leads_beyond_that(self, written, staff, now, name):
        theirs = AuditEvent.objects.exclude(action__in=["act_here", "act_of_staff", "act_of_a_doctor"])
        someone = User.objects.get(username="tom").pk
        value = {"action": "act_there"}.get(name, str(someone))
        assert theirs.exists()
        assert actions(client_of(staff, now=now), **{name: value}) == []

    def test_staff_who_left_see_nothing(self, written, staff, now):
        client = client_of(staff, now=now)
        StaffMember.objects.update(is_active=False)
        answer = client.get(URL)
        assert answer.status_code in {401, 403} or answer.json()["results"] == []

    @pytest.mark.parametrize("role", [Role.PATIENT, Role.DOCTOR])
    def test_nobody_else_sees_the_log(self, hospital, now, role):
        user = make_doctor("lena", hospital).user if role == Role.DOCTOR else make_user("amina")
        assert client_of(user, now=now).get(URL).status_code == 403

    def test_a_row_shows_who_did_what_to_whom_from_where(self, admin, hospital):
        ids = {name: uuid7() for name in ("actor_id", "subject_id", "concerns_id")}
        written = event(
            "act_shown", **ids, tenant_id=hospital.pk, subject_type="records.note", address="203.0.113.7", agent="B"
        )
        (row,) = admin.get(URL, {"action": "act_shown"}).json()["results"]
        assert row == {
            "id": str(written.pk),
            "at": "2026-03-01T09:00:00Z",
            "action": "act_shown",
            "actor": str(ids["actor_id"]),
            "subject_type": "records.note",
            "subject": str(ids["subject_id"]),
            "concerns": str(ids["concerns_id"]),
            "hospital": str(hospital.pk),
            "address": "203.0.113.7",
            "agent": "B",
            "details": {},
        }


class TestFilters:
    def test_from_is_included_and_to_is_not(self, admin):
        for number, at in enumerate((NINE - MILLISECOND, NINE, NINE + MILLISECOND)):
            event(f"act_{number}", at=at)
        moment = NINE.isoformat()
        assert actions(admin) == ["act_2", "act_1", "act_0"]
        assert actions(admin, **{"from": moment}) == ["act_2", "act_1"]
        assert actions(admin, to=moment) == ["act_0"]
        assert actions(admin, **{"from": moment, "to": (NINE + MILLISECOND).isoformat()}) == ["act_1"]
        assert actions(admin, **{"from": "2026-03-01T14:30:00+05:30"}) == ["act_2", "act_1"]

    @pytest.mark.parametrize("name", ["actor", "subject", "concerns"])
    def test_an_id_is_looked_for_in_its_own_column(self, admin, name):
        wanted = uuid7()
        for column in ("actor", "subject", "concerns"):
            event(f"act_{column}", **{f"{column}_id": wanted})
        event("act_other", **{f"{name}_id": uuid7()})
        assert actions(admin, **{name: str(wanted)}) == [f"act_{name}"]

    def test_several_narrow_each_other(self, admin):
        wanted = uuid7()
        for action, actor in (("act_a", wanted), ("act_b", wanted), ("act_a", uuid7())):
            event(action, actor_id=actor)
        assert actions(admin, action="act_a", actor=str(wanted)) == ["act_a"]

    def test_a_page_follows_another_to_the_end(self, admin):
        for number in range(5):
            event(f"act_{number}", at=NINE + number * MILLISECOND)
        found, url = [], f"{URL}?page_size=2&to=2026-04-01T00:00:00Z"
        while url:
            page = admin.get(url).json()
            found += [row["action"] for row in page["results"]]
            url = page["next"]
        assert found == [f"act_{number}" for number in (4, 3, 2, 1, 0)]

    def refused(self, admin: APIClient, name: str, value: str) -> None:
        answer = admin.get(URL, {name: value})
        assert answer.status_code == 400, answer.content
        assert answer["Content-Type"] == "application/problem+json"
        assert answer.json()["errors"][0]["pointer"] == f"?{name}"

    @pytest.mark.parametrize("name", ["from", "to"])
    @pytest.mark.parametrize("value", ["yesterday", "2026-02-30T09:00:00Z", "1", "\0", "10000-01-01T00:00:00Z"])
    def test_what_is_no_moment_is_refused_by_name(self, admin, name, value):
        self.refused(admin, name, value)

    @pytest.mark.parametrize("name", ["from", "to"])
    @pytest.mark.parametrize("value", ["2026-11-20", "2026-11-20T09:00:00"])
    def test_a_time_without_an_offset_is_refused_by_name(self, admin, name, value):
        self.refused(admin, name, value)

    @pytest.mark.parametrize("name", ["actor", "subject", "concerns"])
    @pytest.mark.parametrize("value", ["1", "amina", "\0", "' OR 1=1"])
    def test_what_is_no_id_is_refused_by_name(self, admin, name, value):
        self.refused(admin, name, value)

    @pytest.mark.parametrize("name", ["hospital", "actor_id", "ordering", "address"])
    def test_what_nobody_reads_is_refused_by_name(self, admin, name):
        self.refused(admin, name, str(uuid7()))

    @pytest.mark.parametrize(
        ("name", "value"),
        [("action", "\0"), ("page_size", "0"), ("page_size", "101"), ("page_size", "many"), ("cursor", "x")],
    )
    def test_pages_and_names_that_are_none_are_refused(self, admin, name, value):
        self.refused(admin, name, value)

    @pytest.mark.parametrize("year", ["0001", "1969", "1970", "9999"])
    def test_a_moment_far_away_is_answered(self, admin, year):
        event("act_now")
        is_past = year < "2026"
        assert (actions(admin, **{"from": f"{year}-01-01T00:00:00Z"}) == ["act_now"]) == is_past
        assert (actions(admin, to=f"{year}-12-31T23:59:59Z") == ["act_now"]) == (not is_past)
