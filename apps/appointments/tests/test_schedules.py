"""Weekly schedules: who keeps them, what is refused and where, and that two ranges never hold the same time."""

from datetime import date, time

import pytest
from django.db import IntegrityError, transaction

from apps.accounts.choices import Role
from apps.accounts.models import User
from apps.appointments.models import ScheduleRule
from apps.appointments.services.schedules import MOST_RULES, add_rule
from apps.appointments.tests.cast import NOW, client_of, pointers
from apps.core.errors import NotAllowed
from apps.core.ids import uuid7
from apps.core.models import AuditEvent
from apps.hospitals.models import Doctor
from tests.world import make_doctor, make_hospital, make_patient, make_staff, make_user

URL = "/api/v1/doctors/schedules/"
MINE = "/api/v1/doctors/my-schedules/"
RULE = {"weekday": "MONDAY", "from_time": "09:00", "to_time": "12:00"}

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("fixed_present")]


@pytest.fixture
def doctor(doctor) -> Doctor:
    """A doctor of a hospital in New York without a week yet."""
    ScheduleRule.objects.all().delete()
    return doctor


@pytest.fixture
def staff(doctor) -> User:
    return make_staff("desk", doctor.hospital)


def post(client, **body):
    return client.post(URL, RULE | body, format="json")


class TestAdding:
    def test_a_rule_has_what_it_usually_has(self, lena, doctor):
        answer = post(lena)
        assert answer.status_code == 201, answer.content
        rule = ScheduleRule.objects.get()
        assert answer.json() == {
            "id": str(rule.pk),
            "doctor": str(doctor.pk),
            "time_zone": "America/New_York",
            "weekday": "MONDAY",
            "from_time": "09:00",
            "to_time": "12:00",
            "kind": "SLOTS",
            "slot_minutes": 20,
            "capacity": 1,
            "valid_from": None,
            "valid_to": None,
            "is_active": True,
        }
        assert answer["ETag"] == lena.get(f"{URL}{rule.pk}/")["ETag"]

    def test_everything_can_be_said(self, lena):
        facts = {"slot_minutes": 15, "capacity": 3, "valid_from": "2026-12-01", "valid_to": "2026-12-31"}
        answer = post(lena, **facts, kind="slots", is_active=False).json()
        assert answer | facts | {"kind": "SLOTS", "is_active": False} == answer

    def test_a_queue_has_ten_minutes_a_place(self, lena):
        answer = post(lena, kind="queue").json()
        assert (answer["kind"], answer["slot_minutes"], answer["capacity"]) == ("QUEUE", 10, 1)

    def test_a_range_may_end_with_the_day(self, lena):
        answer = post(lena, from_time="22:00", to_time="24:00")
        assert (answer.status_code, answer.json()["to_time"]) == (201, "00:00")

    def test_the_fields_of_system_002(self, lena):
        body = {"day_of_week": 0, "start_time": "09:00:00", "end_time": "17:00:00", "is_active": True}
        answer = lena.post(URL, body, format="json").json()
        assert (answer["weekday"], answer["from_time"], answer["to_time"]) == ("SUNDAY", "09:00", "17:00")

    @pytest.mark.parametrize(("number", "name"), [(0, "SUNDAY"), (1, "MONDAY"), ("6", "SATURDAY")])
    def test_system_002_counts_from_sunday(self, lena, number, name):
        answer = lena.post(URL, {"day_of_week": number, "from": "09:00", "to": "10:00"}, format="json")
        assert answer.json()["weekday"] == name

    def test_it_is_audited(self, lena, doctor):
        post(lena)
        event = AuditEvent.objects.get(action="schedule_rule_added")
        assert (event.actor_id, event.tenant_id) == (doctor.user_id, doctor.hospital_id)
        assert event.details == {"doctor_id": str(doctor.pk)}


class TestWho:
    def test_staff_names_one_of_the_hospitals_doctors(self, staff, doctor):
        answer = post(client_of(staff), doctor=str(doctor.pk))
        assert (answer.status_code, answer.json()["doctor"]) == (201, str(doctor.pk))

    def test_staff_that_names_nobody_is_asked_whom(self, staff):
        assert pointers(post(client_of(staff))) == [("/doctor", "required")]

    def test_an_independent_doctor_keeps_an_own_week(self, doctor):
        solo = make_doctor("solo", None)
        ScheduleRule.objects.all().delete()
        answer = post(client_of(solo.user))
        assert (answer.status_code, answer.json()["time_zone"]) == (201, "UTC")

    @pytest.mark.parametrize("who", ["colleague", "foreign doctor", "foreign staff"])
    def test_others_get_what_they_would_for_an_absent_doctor(self, doctor, who):
        away = make_hospital("Away")
        others = {
            "colleague": lambda: make_doctor("omar", doctor.hospital).user,
            "foreign doctor": lambda: make_doctor("omar", away).user,
            "foreign staff": lambda: make_staff("omar", away),
        }
        client = client_of(others[who]())
        before = ScheduleRule.objects.count()
        there, absent = post(client, doctor=str(doctor.pk)).json(), post(client, doctor=str(uuid7())).json()
        assert (there.pop("trace_id"), absent.pop("trace_id")) != (None, None)
        assert there == absent
        assert (there["status"], there["code"]) == (404, "not_found")
        assert ScheduleRule.objects.count() == before

    def test_deactivated_staff_does_not_enter(self, staff, doctor):
        client = client_of(staff)
        staff.staff_member.is_active = False
        staff.staff_member.save()
        assert post(client, doctor=str(doctor.pk)).status_code == 401

    @pytest.mark.parametrize("role", [Role.PATIENT, Role.ADMIN])
    def test_other_roles_never(self, doctor, role):
        client = client_of(make_user("amina", role))
        for answer in (post(client, doctor=str(doctor.pk)), client.get(URL), client.get(MINE)):
            assert (answer.status_code, answer.json()["code"]) == (403, "permission_denied")

    def test_the_service_refuses_a_patient_by_itself(self, doctor):
        with pytest.raises(NotAllowed):
            add_rule(actor=make_user("amina"), doctor_id=doctor.pk, rule=RULE, affected="REFUSE", now=NOW)

    def test_an_administrator_may_through_the_service(self, doctor):
        wanted = {"weekday": 0, "from_time": time(9), "to_time": time(12)}
        admin = make_user("ada", Role.ADMIN)
        assert add_rule(actor=admin, doctor_id=doctor.pk, rule=wanted, affected="REFUSE", now=NOW).doctor == doctor

    @pytest.mark.parametrize("method", ["get", "put", "patch", "delete"])
    def test_a_rule_of_another_is_as_absent_as_none(self, doctor, lena, method):
        rule = post(lena).json()["id"]
        stranger = client_of(make_doctor("omar", doctor.hospital).user)
        body = {} if method == "get" else {"data": RULE, "format": "json"}
        answers = [getattr(stranger, method)(f"{URL}{each}/", **body) for each in (rule, uuid7())]
        assert [answer.status_code for answer in answers] == [404, 404]
        assert ScheduleRule.objects.filter(pk=rule).exists()


BAD = [
    ({"weekday": "FUNDAY"}, "/weekday", "unknown_weekday"),
    ({"weekday": 1}, "/weekday", "unknown_weekday"),
    ({"weekday": None}, "/weekday", "null"),
    ({"from_time": "25:00"}, "/from_time", "invalid"),
    ({"to_time": "noon"}, "/to_time", "invalid"),
    ({"from_time": []}, "/from_time", "invalid"),
    ({"to_time": {}}, "/to_time", "invalid"),
    ({"from_time": "24:00"}, "/from_time", "invalid"),
    ({"to_time": "09:00"}, "/to_time", "ends_before_start"),
    ({"to_time": "08:00"}, "/to_time", "ends_before_start"),
    ({"from_time": "09:00:30"}, "/from_time", "not_whole_minutes"),
    ({"to_time": "12:00:00.5"}, "/to_time", "not_whole_minutes"),
    ({"kind": "PARTY"}, "/kind", "invalid_choice"),
    ({"kind": 7}, "/kind", "invalid_choice"),
    ({"slot_minutes": 4}, "/slot_minutes", "min_value"),
    ({"slot_minutes": 481}, "/slot_minutes", "max_value"),
    ({"slot_minutes": 10**12}, "/slot_minutes", "max_value"),
    ({"slot_minutes": 181}, "/slot_minutes", "longer_than_range"),
    ({"capacity": 0}, "/capacity", "min_value"),
    ({"capacity": 51}, "/capacity", "max_value"),
    ({"kind": "QUEUE", "capacity": 2}, "/capacity", "out_of_range"),
    ({"valid_from": "2026-02-30"}, "/valid_from", "invalid"),
    ({"valid_from": "2026-12-02", "valid_to": "2026-12-01"}, "/valid_to", "ends_before_start"),
    ({"affected": "SHRUG"}, "/affected", "invalid_choice"),
    ({"doctor": "nobody"}, "/doctor", "invalid"),
]


class TestBadInput:
    @pytest.mark.parametrize(("body", "pointer", "code"), BAD, ids=lambda value: repr(value)[:50])
    def test_is_400_with_its_pointer(self, lena, body, pointer, code):
        assert (pointer, code) in pointers(post(lena, **body))
        assert not ScheduleRule.objects.exists()

    @pytest.mark.parametrize(("body", "pointer", "code"), BAD[:-1], ids=lambda value: repr(value)[:50])
    def test_a_change_is_checked_as_well(self, lena, body, pointer, code):
        rule = post(lena).json()["id"]
        answer = lena.patch(f"{URL}{rule}/", body, format="json")
        assert (pointer, code) in pointers(answer)

    def test_the_pointer_is_the_callers_name_of_the_field(self, lena):
        answer = lena.post(URL, {"day_of_week": 7, "start_time": "x", "end_time": "10:00"}, format="json")
        assert set(pointers(answer)) == {("/day_of_week", "unknown_weekday"), ("/start_time", "invalid")}

    @pytest.mark.parametrize("parameters", [{"weekday": "x"}, {"kind": "x"}, {"doctor": "x"}, {"day": "MONDAY"}])
    def test_a_filter_that_cannot_be_read(self, lena, parameters):
        assert [pointer for pointer, _ in pointers(lena.get(URL, parameters))] == [f"?{name}" for name in parameters]

    @pytest.mark.parametrize("body", [[], "x", None, 7])
    def test_a_body_that_is_no_object(self, lena, body):
        assert lena.post(URL, body, format="json").status_code == 400


class TestOverlap:
    @pytest.mark.parametrize(
        "other",
        [
            {},
            {"from_time": "11:59", "to_time": "13:00"},
            {"from_time": "08:00", "to_time": "24:00"},
            {"kind": "QUEUE"},
            {"valid_from": "2030-01-01"},
        ],
    )
    def test_of_two_rules_on_any_date_is_409(self, lena, other):
        post(lena)
        answer = post(lena, **other)
        assert (answer.status_code, answer.json()["code"]) == (409, "rules_overlap")
        assert ScheduleRule.objects.count() == 1

    @pytest.mark.parametrize(
        "other",
        [
            {"from_time": "12:00", "to_time": "13:00"},
            {"from_time": "08:00", "to_time": "09:00"},
            {"weekday": "TUESDAY"},
            {"is_active": False},
        ],
    )
    def test_ranges_may_meet_and_stand_beside_what_is_switched_off(self, lena, other):
        post(lena)
        assert post(lena, **other).status_code == 201

    def test_a_season_may_follow_another(self, lena):
        assert post(lena, valid_to="2026-12-31").status_code == 201
        assert post(lena, valid_from="2026-12-31").status_code == 409
        assert post(lena, valid_from="2027-01-01").status_code == 201

    def test_the_evening_ends_where_the_night_begins(self, lena):
        assert post(lena, from_time="20:00", to_time="24:00").status_code == 201
        assert post(lena, from_time="00:00", to_time="06:00").status_code == 201
        assert post(lena, from_time="23:00", to_time="23:30").status_code == 409

    def test_switching_on_again_is_checked_too(self, lena):
        post(lena)
        asleep = post(lena, is_active=False).json()["id"]
        answer = lena.patch(f"{URL}{asleep}/", {"is_active": True}, format="json")
        assert (answer.status_code, answer.json()["code"]) == (409, "rules_overlap")

    def test_colleagues_may_work_at_the_same_time(self, lena, doctor):
        post(lena)
        other = make_doctor("omar", doctor.hospital)
        ScheduleRule.objects.filter(doctor=other).delete()
        assert post(client_of(other.user)).status_code == 201

    def test_the_database_has_the_last_word(self, doctor):
        facts = {"doctor": doctor, "weekday": 0, "from_time": time(9), "to_time": time(0)}
        ScheduleRule.objects.create(**facts)
        with pytest.raises(IntegrityError, match="rules_of_a_doctor_never_overlap"), transaction.atomic():
            ScheduleRule.objects.create(**facts | {"from_time": time(23, 59), "valid_from": date(2099, 1, 1)})


class TestChanging:
    def test_part_of_a_rule(self, lena):
        rule = post(lena, capacity=2, valid_to="2030-01-01").json()
        changed = lena.patch(f"{URL}{rule['id']}/", {"to_time": "13:00", "valid_to": None}, format="json")
        assert changed.json() == rule | {"to_time": "13:00", "valid_to": None}

    def test_a_whole_rule_and_not_its_doctor(self, lena, doctor):
        rule = post(lena, capacity=2).json()
        other = str(make_doctor("omar", doctor.hospital).pk)
        changed = lena.put(f"{URL}{rule['id']}/", RULE | {"weekday": "tue", "doctor": other}, format="json")
        assert changed.json() == rule | {"weekday": "TUESDAY", "capacity": 1}

    def test_a_stale_copy_is_412(self, lena):
        answer = post(lena)
        address = f"{URL}{answer.json()['id']}/"
        assert lena.patch(address, {"capacity": 2}, format="json", HTTP_IF_MATCH=answer["ETag"]).status_code == 200
        for refused in (
            lena.patch(address, {"capacity": 3}, format="json", HTTP_IF_MATCH=answer["ETag"]),
            lena.delete(address, HTTP_IF_MATCH=answer["ETag"]),
        ):
            assert (refused.status_code, refused.json()["code"]) == (412, "stale")
        assert ScheduleRule.objects.get().capacity == 2

    def test_removing(self, lena):
        rule = post(lena).json()["id"]
        assert lena.delete(f"{URL}{rule}/").status_code == 204
        assert not ScheduleRule.objects.exists()
        assert lena.delete(f"{URL}{rule}/").status_code == 404

    @pytest.mark.parametrize("parameters", ["affected=x", "affected=", "force=true"])
    def test_removing_with_a_parameter_that_cannot_be_read(self, lena, parameters):
        rule = post(lena).json()["id"]
        answer = lena.delete(f"{URL}{rule}/?{parameters}")
        assert pointers(answer)[0][0] == f"?{parameters.split('=')[0]}"


class TestTheWholeWeek:
    TIMINGS = {"monday": ["09:00-12:00", "13:00-17:00"], "Fri": "9 am - 12 pm", "sunday": []}

    def put(self, client, timings, **body):
        return client.put(URL, {"available_timings": timings, **body}, format="json")

    def test_replaces_what_was_there(self, lena):
        post(lena, weekday="SATURDAY")
        answer = self.put(lena, self.TIMINGS, slot_minutes=15)
        assert answer.status_code == 200, answer.content
        shown = [(each["weekday"], each["from_time"], each["slot_minutes"]) for each in answer.json()["results"]]
        assert shown == [("MONDAY", "09:00", 15), ("MONDAY", "13:00", 15), ("FRIDAY", "09:00", 15)]
        assert ScheduleRule.objects.count() == 3

    def test_an_empty_one_leaves_no_working_time(self, lena):
        post(lena)
        assert self.put(lena, {}).json() == {"results": []}

    def test_staff_writes_that_of_one_of_its_doctors(self, staff, doctor):
        assert self.put(client_of(staff), self.TIMINGS, doctor=str(doctor.pk)).status_code == 200
        assert self.put(client_of(staff), self.TIMINGS, doctor=str(uuid7())).status_code == 404
        assert self.put(client_of(staff), self.TIMINGS).status_code == 400

    @pytest.mark.parametrize(
        ("timings", "pointer", "code"),
        [
            ({"funday": []}, "/available_timings/funday", "unknown_weekday"),
            ({"monday": ["9-8"]}, "/available_timings/monday/0", "ends_before_start"),
            ({"monday": ["9-12", "11-13"]}, "/available_timings/monday/1", "overlap"),
            ({"monday": ["x"]}, "/available_timings/monday/0", "not_a_range"),
            ("09:00-12:00", "/available_timings", "not_a_dict"),
            (None, "/available_timings", "null"),
        ],
    )
    def test_what_cannot_be_read_changes_nothing(self, lena, timings, pointer, code):
        post(lena)
        assert pointers(self.put(lena, timings)) == [(pointer, code)]
        assert ScheduleRule.objects.count() == 1

    def test_a_slot_longer_than_a_range_changes_nothing(self, lena):
        post(lena)
        assert pointers(self.put(lena, {"monday": ["9-10"]}, slot_minutes=90)) == [
            ("/slot_minutes", "longer_than_range")
        ]
        assert ScheduleRule.objects.count() == 1

    def test_too_many_ranges_are_409(self, lena, doctor):
        ScheduleRule.objects.bulk_create(
            ScheduleRule(doctor=doctor, weekday=0, from_time=time(9), to_time=time(10), is_active=False)
            for _ in range(MOST_RULES)
        )
        assert post(lena).json()["code"] == "too_many_rules"


class TestReading:
    def test_a_week_comes_in_its_order(self, lena):
        for weekday, start in (("FRIDAY", "09:00"), ("MONDAY", "10:00"), ("SUNDAY", "09:00"), ("MONDAY", "09:30")):
            post(lena, weekday=weekday, from_time=start, to_time=f"{start[:2]}:59")
        shown = [(each["weekday"], each["from_time"]) for each in lena.get(MINE).json()["results"]]
        assert shown == [("MONDAY", "09:30"), ("MONDAY", "10:00"), ("FRIDAY", "09:00"), ("SUNDAY", "09:00")]

    def test_pages_follow_each_other(self, lena):
        for weekday in ("FRIDAY", "MONDAY", "SUNDAY"):
            post(lena, weekday=weekday)
        page, seen = lena.get(URL, {"page_size": 2}).json(), []
        seen += page["results"]
        seen += lena.get(page["next"]).json()["results"]
        assert [each["weekday"] for each in seen] == ["MONDAY", "FRIDAY", "SUNDAY"]

    def test_staff_sees_its_doctors_and_filters(self, staff, doctor, lena):
        make_doctor("foreign", make_hospital("Away"))
        post(lena)
        post(lena, weekday="TUESDAY", kind="QUEUE")
        desk = client_of(staff)
        assert len(desk.get(URL).json()["results"]) == 2
        assert len(desk.get(URL, {"weekday": "tuesday"}).json()["results"]) == 1
        assert len(desk.get(URL, {"kind": "slots", "doctor": str(doctor.pk)}).json()["results"]) == 1
        assert desk.get(URL, {"doctor": str(uuid7())}).json()["results"] == []
        assert desk.get(MINE).status_code == 403

    def test_a_patient_sees_slots_only(self, doctor):
        amina = make_user("amina")
        make_patient(amina)
        assert client_of(amina).get(URL).status_code == 403
