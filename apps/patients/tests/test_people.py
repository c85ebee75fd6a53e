"""Patients: added by who looks after them, registered by hospitals, changed by who may, and shown as far as one may."""

from datetime import timedelta

import pytest

from apps.accounts.models import User
from apps.core.models import AuditEvent
from apps.hospitals.models import Hospital, StaffMember
from apps.patients.models import CareRelationship, HospitalRegistration, Management, Patient
from apps.patients.services.care import choose_doctor
from apps.patients.services.registering import AlreadyHasRecord, OwnRecord, add_patient, give_up_patient
from tests.little_cast import client_of  # noqa: F401 - a fixture
from tests.world import make_doctor, make_hospital, make_patient, make_staff, make_user

PERSON = {
    "first_name": "Sami",
    "last_name": "Rahman",
    "birth_date": "2019-06-14",
    "sex": "MALE",
    "blood_group": "O+",
    "phone": "+15550100001",
    "email": "amina@example.org",
    "address": "7 Lake Road",
    "city": "Dhaka",
    "emergency_name": "Omar",
    "emergency_phone": "+15550100009",
    "emergency_relation": "Father",
    "time_zone": "Asia/Dhaka",
    "language": "bn-BD",
}
CLINICAL = {"birth_date", "sex", "blood_group"}
PATIENTS = "/api/v1/patients/"


@pytest.fixture
def amina(db) -> User:
    return make_user("amina")


@pytest.fixture
def home(db) -> Hospital:
    return make_hospital("Home")


@pytest.fixture
def staff(home) -> User:
    return make_staff("hana", home)


@pytest.fixture
def signed_in(amina, client_of):  # noqa: F811
    return client_of(amina)


@pytest.fixture
def at_desk(staff, client_of):  # noqa: F811
    return client_of(staff)


def add(client, **changes):
    return client.post(PATIENTS, PERSON | {"relation": "PARENT"} | changes, format="json")


def walk_in(client, **changes):
    return client.post(PATIENTS, PERSON | changes, format="json")


def errors(answer) -> list[tuple[str, str]]:
    assert answer.status_code == 400, answer.content
    return [(each["pointer"], each["code"]) for each in answer.json()["errors"]]


class TestDependants:
    def test_are_managed_by_who_adds_them(self, signed_in, amina):
        answer = add(signed_in)
        assert answer.status_code == 201
        body = answer.json()
        assert {name: body[name] for name in PERSON} == PERSON
        assert (body["relation"], body["name"]) == ("PARENT", "Sami Rahman")
        assert Management.objects.get().user == amina
        assert not HospitalRegistration.objects.exists()

    def test_adding_is_audited_with_whom_it_concerns(self, signed_in, amina):
        made = add(signed_in).json()["id"]
        event = AuditEvent.objects.get(action="patient_added")
        assert (event.actor_id, str(event.concerns_id), event.details) == (amina.pk, made, {"relation": "PARENT"})

    @pytest.mark.parametrize(("sex", "kept"), [("male", "MALE"), ("M", "MALE"), ("f", "FEMALE"), ("Other", "OTHER")])
    def test_choices_are_taken_in_any_case_and_by_older_names(self, signed_in, sex, kept):
        body = add(signed_in, sex=sex, blood_group="ab-", relation="guardian").json()
        assert (body["sex"], body["blood_group"], body["relation"]) == (kept, "AB-", "GUARDIAN")

    def test_a_login_that_has_no_record_makes_its_own_once(self, signed_in, amina):
        assert add(signed_in, relation="SELF").status_code == 201
        refused = add(signed_in, relation="SELF")
        assert (refused.status_code, refused.json()["code"]) == (409, "already_has_record")
        assert Patient.objects.count() == Management.objects.count() == 1

    def test_a_refused_second_record_leaves_nothing(self, amina, now):
        make_patient(amina)
        with pytest.raises(AlreadyHasRecord):
            add_patient(actor=amina, relation="SELF", first_name="Amina", now=now)
        assert Patient.objects.count() == 1

    def test_staff_may_have_children_too(self, at_desk):
        assert add(at_desk).json()["birth_date"] == PERSON["birth_date"]
        assert not HospitalRegistration.objects.exists()

    def test_somebody_who_is_no_staff_must_say_what_they_are(self, signed_in):
        assert errors(walk_in(signed_in)) == [("/relation", "required")]
        assert not Patient.objects.exists()

    def test_claimed_is_nothing_to_say(self, signed_in):
        assert errors(add(signed_in, relation="CLAIMED")) == [("/relation", "invalid")]


class TestWalkIns:
    def test_are_registered_at_the_hospital_and_managed_by_nobody(self, at_desk, home):
        answer = walk_in(at_desk)
        assert answer.status_code == 201
        registration = HospitalRegistration.objects.get()
        assert (registration.hospital, registration.source) == (home, "WALK_IN")
        assert not Management.objects.exists()
        assert AuditEvent.objects.get(action="walk_in_registered").tenant_id == home.pk

    def test_staff_see_name_and_contact_and_nothing_more(self, at_desk):
        body = walk_in(at_desk).json()
        row = at_desk.get(PATIENTS).json()["results"][0]
        one = at_desk.get(f"{PATIENTS}{body['id']}/").json()
        assert body == row == one
        assert set(PERSON) - set(body) == CLINICAL

    def test_staff_who_left_register_nobody(self, at_desk, staff):
        StaffMember.objects.filter(user=staff).update(is_active=False)
        assert walk_in(at_desk).status_code == 401
        assert not Patient.objects.exists()

    def test_another_hospital_does_not_know_them(self, at_desk, client_of):  # noqa: F811
        made = walk_in(at_desk).json()["id"]
        away = client_of(make_staff("away", make_hospital("Away")))
        assert away.get(PATIENTS).json()["results"] == []
        assert away.get(f"{PATIENTS}{made}/").status_code == 404


BAD = [
    ({"birth_date": "1899-12-31"}, "/birth_date", "too_long_ago"),
    ({"birth_date": "0001-01-01"}, "/birth_date", "too_long_ago"),
    ({"birth_date": "2999-01-01"}, "/birth_date", "in_the_future"),
    ({"birth_date": "2019-02-30"}, "/birth_date", "invalid"),
    ({"birth_date": "yesterday"}, "/birth_date", "invalid"),
    ({"birth_date": 7}, "/birth_date", "invalid"),
    ({"time_zone": "Mars/Olympus"}, "/time_zone", "invalid"),
    ({"time_zone": ""}, "/time_zone", "blank"),
    ({"phone": "call me"}, "/phone", "no_phone"),
    ({"phone": "12"}, "/phone", "no_phone"),
    ({"phone": "1" * 41}, "/phone", "max_length"),
    ({"emergency_phone": "nobody"}, "/emergency_phone", "no_phone"),
    ({"email": "amina"}, "/email", "invalid"),
    ({"sex": "YES"}, "/sex", "invalid_choice"),
    ({"sex": ["MALE"]}, "/sex", "invalid_choice"),
    ({"blood_group": "C+"}, "/blood_group", "invalid_choice"),
    ({"language": "the language"}, "/language", "invalid"),
    ({"first_name": ""}, "/first_name", "blank"),
    ({"first_name": "x" * 101}, "/first_name", "max_length"),
    ({"last_name": {"a": 1}}, "/last_name", "invalid"),
    ({"relation": "BOSS"}, "/relation", "invalid_choice"),
]


class TestBadInput:
    @pytest.mark.parametrize(("changes", "pointer", "code"), BAD, ids=lambda value: repr(value)[:40])
    def test_is_400_at_its_field_and_writes_nothing(self, signed_in, changes, pointer, code):
        assert errors(add(signed_in, **changes)) == [(pointer, code)]
        assert not Patient.objects.exists()

    @pytest.mark.parametrize(("changes", "pointer", "code"), BAD[:-1], ids=lambda value: repr(value)[:40])
    def test_nor_is_it_taken_by_a_change(self, signed_in, changes, pointer, code):
        made = add(signed_in).json()
        assert errors(signed_in.patch(f"{PATIENTS}{made['id']}/", changes, format="json")) == [(pointer, code)]
        assert signed_in.get(f"{PATIENTS}{made['id']}/").json() == made

    def test_today_is_a_birth_date_and_in_two_days_is_none(self, signed_in, now):
        assert add(signed_in, birth_date=str(now.date())).status_code == 201
        later = str((now + timedelta(days=2)).date())
        assert errors(add(signed_in, birth_date=later)) == [("/birth_date", "in_the_future")]


@pytest.mark.parametrize(
    "typed",
    ["+15550100001", "+1 (555) 010-0001", "5550100001", "(555) 010-0001", "0015550100001", "tel:+1-555-010-0001"],
)
def test_a_phone_is_kept_in_one_notation_and_found_in_any(signed_in, typed):
    assert add(signed_in, phone=typed).json()["phone"] == "+15550100001"
    for parameter in ("phone", "search"):
        for notation in ("555 010 0001", "+1 555-010-0001", "001 555 010 0001"):
            found = signed_in.get(PATIENTS, {parameter: notation}).json()["results"]
            assert [row["phone"] for row in found] == ["+15550100001"], (parameter, notation)
    assert signed_in.get(PATIENTS, {"phone": "+1 555 010 0002"}).json()["results"] == []
    assert signed_in.get(PATIENTS, {"phone": "nonsense"}).json()["results"] == []


class TestChanging:
    @pytest.fixture
    def record(self, signed_in) -> dict:
        return add(signed_in).json()

    def test_a_manager_changes_everything(self, signed_in, record):
        changes = {"first_name": "Samir", "birth_date": "2019-06-15", "blood_group": "A-", "phone": "555-010-0002"}
        body = signed_in.patch(f"{PATIENTS}{record['id']}/", changes, format="json").json()
        assert body == record | changes | {"phone": "+15550100002", "name": "Samir Rahman"}

    def test_putting_empties_what_is_left_out(self, signed_in, record):
        body = signed_in.put(f"{PATIENTS}{record['id']}/", {"first_name": "Samir"}, format="json").json()
        assert (body["name"], body["phone"], body["birth_date"], body["sex"]) == ("Samir", "", None, "UNKNOWN")
        assert (body["time_zone"], body["relation"]) == ("UTC", "PARENT")

    def test_the_audit_row_names_fields_and_no_values(self, signed_in, record):
        signed_in.patch(f"{PATIENTS}{record['id']}/", {"city": "Sylhet", "sex": "MALE"}, format="json")
        assert AuditEvent.objects.get(action="patient_changed").details == {"fields": ["city"]}

    def test_what_changes_nothing_is_not_audited(self, signed_in, record):
        signed_in.patch(f"{PATIENTS}{record['id']}/", {"city": "Dhaka"}, format="json")
        assert not AuditEvent.objects.filter(action="patient_changed").exists()

    def test_a_stale_representation_changes_nothing(self, signed_in, record):
        path = f"{PATIENTS}{record['id']}/"
        tag = signed_in.get(path)["ETag"]
        assert signed_in.patch(path, {"city": "Sylhet"}, format="json", headers={"If-Match": tag}).status_code == 200
        again = signed_in.patch(path, {"city": "Khulna"}, format="json", headers={"If-Match": tag})
        assert (again.status_code, again.json()["code"]) == (412, "stale")
        assert Patient.objects.get().city == "Sylhet"

    def test_a_treating_doctor_is_told_no_and_sees_the_profile(self, record, client_of, amina, home, now):  # noqa: F811
        doctor = make_doctor("lena", home)
        choose_doctor(actor=amina, patient_id=record["id"], doctor_id=doctor.pk, now=now)
        client = client_of(doctor.user)
        shown = client.get(f"{PATIENTS}{record['id']}/").json()
        assert shown == record | {"relation": None}
        assert client.patch(f"{PATIENTS}{record['id']}/", {"city": "Sylhet"}, format="json").status_code == 403

    def test_staff_correct_name_and_contact_of_a_walk_in(self, at_desk):
        made = walk_in(at_desk).json()
        body = at_desk.patch(f"{PATIENTS}{made['id']}/", {"first_name": "Samir", "phone": "5550100003"}, format="json")
        assert (body.json()["name"], body.json()["phone"]) == ("Samir Rahman", "+15550100003")

    @pytest.mark.parametrize("field", sorted(CLINICAL))
    def test_staff_change_nothing_else_of_a_walk_in(self, at_desk, field):
        made = walk_in(at_desk).json()
        answer = at_desk.patch(f"{PATIENTS}{made['id']}/", {field: PERSON[field]}, format="json")
        assert errors(answer) == [(f"/{field}", "not_yours_to_change")]

    def test_staff_who_put_leave_alone_what_they_do_not_see(self, at_desk):
        made = walk_in(at_desk).json()
        assert at_desk.put(f"{PATIENTS}{made['id']}/", {"first_name": "Samir"}, format="json").json()["phone"] == ""
        kept = Patient.objects.get()
        assert (str(kept.birth_date), kept.sex, kept.blood_group) == ("2019-06-14", "MALE", "O+")

    def test_staff_change_nothing_once_somebody_manages_the_record(self, at_desk, amina):
        made = walk_in(at_desk).json()
        Management.objects.create(user=amina, patient_id=made["id"], relation="PARENT")
        assert at_desk.patch(f"{PATIENTS}{made['id']}/", {"city": "Sylhet"}, format="json").status_code == 403


class TestGivingUp:
    def test_a_dependant_ends_the_management_and_deletes_nothing(self, signed_in):
        made = add(signed_in).json()["id"]
        assert signed_in.delete(f"{PATIENTS}{made}/").status_code == 204
        assert signed_in.get(f"{PATIENTS}{made}/").status_code == 404
        assert Patient.objects.filter(pk=made).exists()
        assert Management.objects.get().ended_at

    def test_the_last_manager_ends_the_care(self, signed_in, amina, home, now):
        made = add(signed_in).json()["id"]
        doctor = make_doctor("lena", home)
        treating = choose_doctor(actor=amina, patient_id=made, doctor_id=doctor.pk, now=now)
        signed_in.delete(f"{PATIENTS}{made}/")
        treating.refresh_from_db()
        assert treating.ended_at
        assert treating.generation == 2

    def test_care_goes_on_while_somebody_else_manages(self, signed_in, amina, home, now):
        made = add(signed_in).json()["id"]
        Management.objects.create(user=make_user("omar"), patient_id=made, relation="PARENT")
        choose_doctor(actor=amina, patient_id=made, doctor_id=make_doctor("lena", home).pk, now=now)
        signed_in.delete(f"{PATIENTS}{made}/")
        assert CareRelationship.objects.live(now=now).exists()

    def test_a_record_that_was_given_up_is_nobodys_to_rewrite_or_claim(self, signed_in, amina):
        made = add(signed_in).json()["id"]
        assert not Patient.objects.unmanaged().filter(pk=made).exists()
        signed_in.delete(f"{PATIENTS}{made}/")
        assert not Patient.objects.unmanaged().filter(pk=made).exists()

    def test_ones_own_record_is_not_given_up(self, amina, now):
        own = make_patient(amina)
        with pytest.raises(OwnRecord):
            give_up_patient(actor=amina, patient=own, now=now)
        assert Management.objects.live().exists()
