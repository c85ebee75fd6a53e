"""A hospital's doctors: made with a login shown once, changed, deactivated, given a new password."""

from functools import partial

import pytest

from apps.accounts.models import User
from apps.accounts.services.passwords import SYMBOLS
from apps.core.errors import NotAllowed, NotFound
from apps.core.models import AuditEvent
from apps.core.testing.proofs import race, rounds
from apps.hospitals.choices import DoctorStatus
from apps.hospitals.models import Department, Doctor
from apps.hospitals.services.doctors import add_doctor, change_doctor, deactivate_doctor, reset_doctor_password
from apps.hospitals.services.managing import LicenceTaken
from tests.world import make_doctor, make_hospital, make_staff, make_user

PATH = "/api/v1/hospitals/doctors/"
ALI = {"first_name": "Ali", "last_name": "Mehmood", "email": "ali@example.org", "specialization": "Cardiology"}


@pytest.fixture
def jinnah(db):
    return make_hospital("Jinnah Hospital")


@pytest.fixture
def clerk(jinnah):
    return make_staff("clerk", jinnah)


@pytest.fixture
def add(clerk, now):
    return lambda **changes: add_doctor(actor=clerk, **{**ALI, **changes}, now=now)


class TestAdding:
    def test_shows_the_login_once(self, clerk, jinnah, client_of, anonymous):
        body = {**ALI, "phone_number": "+15550100300", "languages": "English, Urdu", "license_number": "M-1"}
        answer = client_of(clerk).post(f"{PATH}create/", body, "json")
        shown, doctor = answer.json(), Doctor.objects.get()
        assert (answer.status_code, shown["username"]) == (201, "alimehmood_jinnahhospital")
        assert (doctor.hospital, doctor.status, doctor.user.phone) == (jinnah, DoctorStatus.APPROVED, "+15550100300")
        assert doctor.languages == ["English", "Urdu"]
        assert doctor.user.check_password(shown["password"])
        assert shown["password"] not in client_of(clerk).get(f"{PATH}{doctor.pk}/").content.decode()
        events = AuditEvent.objects.filter(actor_id=clerk.pk, tenant_id=jinnah.pk)
        assert set(events.values_list("action", flat=True)) == {"doctor_created", "password_returned"}
        assert shown["password"] not in str(list(AuditEvent.objects.values()))

    def test_the_password_opens_only_the_door_to_a_new_one(self, add, anonymous, client_of):
        made = add()
        credentials = {"username": made.doctor.user.username, "password": made.password}
        assert anonymous.post("/api/v1/auth/login/", credentials, "json").status_code == 200
        answer = client_of(made.doctor.user).get("/api/v1/appointments/")
        assert (answer.status_code, answer.json()["code"]) == (403, "password_change_required")

    def test_the_password_has_every_kind_of_letter(self, add):
        password = add().password
        assert len(password) == 12
        for kind in (str.islower, str.isupper, str.isdigit, lambda letter: letter in SYMBOLS):
            assert any(map(kind, password))

    @pytest.mark.parametrize(
        ("names", "hospital", "username"),
        [
            (("Ali", "Mehmood"), "Jinnah Hospital", "alimehmood_jinnahhospital"),
            (
                ("José María", "Núñez-Ruiz"),
                "St. Mary's of the Long Name",
                "josemarianunezruiz_stmarysofthelongname"[:39],
            ),
            (("A" * 100, "B" * 100), "Home", ("a" * 100 + "b" * 100)[:140]),
        ],
    )
    def test_the_username_is_made_of_names_and_place(self, db, now, names, hospital, username):
        clerk = make_staff("clerk", make_hospital(hospital))
        first, last = names
        made = add_doctor(actor=clerk, **{**ALI, "first_name": first[:100], "last_name": last[:100]}, now=now)
        assert made.doctor.user.username == username

    def test_namesakes_are_numbered(self, add):
        assert [add().doctor.user.username for _ in range(3)] == [
            "alimehmood_jinnahhospital",
            "alimehmood_jinnahhospital1",
            "alimehmood_jinnahhospital2",
        ]

    def test_by_an_administrator_without_a_hospital_is_independent(self, office, now):
        made = add_doctor(actor=office, **ALI, time_zone="Asia/Karachi", now=now)
        assert (made.doctor.hospital, made.doctor.zone_name) == (None, "Asia/Karachi")
        assert made.doctor.user.username == "alimehmood"

    def test_a_licence_is_given_once_in_a_hospital_and_none_is_no_licence(self, add, stranger, now):
        add(license_number="M-1")
        with pytest.raises(LicenceTaken):
            add(license_number="M-1")
        assert User.objects.filter(username__startswith="alimehmood").count() == 1
        add(license_number=""), add(license_number="")
        add_doctor(actor=stranger, **ALI, license_number="M-1", now=now)

    def test_a_foreign_department_is_as_absent(self, add, stranger):
        foreign = Department.objects.create(hospital=stranger.staff_member.hospital, name="Bones")
        with pytest.raises(NotFound):
            add(department_id=foreign.pk)
        assert not Doctor.objects.exists()

    def test_is_not_for_others(self, db, now):
        with pytest.raises(NotAllowed):
            add_doctor(actor=make_user("somebody"), **ALI, now=now)

    @pytest.mark.parametrize(
        ("changes", "pointer"),
        [
            ({"experience_years": -1}, "/experience_years"),
            ({"experience_years": 81}, "/experience_years"),
            ({"consultation_fee": "-1"}, "/consultation_fee"),
            ({"consultation_fee": "NaN"}, "/consultation_fee"),
            ({"languages": ["x" * 41]}, "/languages/0"),
            ({"languages": {"a": 1}}, "/languages"),
            ({"availability_status": "maybe"}, "/availability_status"),
            ({"time_zone": "Nowhere"}, "/time_zone"),
            ({"department": "x"}, "/department"),
            ({"email": ""}, "/email"),
            ({"cnic": "<script>"}, "/cnic"),
        ],
    )
    def test_bad_input_names_its_field(self, clerk, client_of, changes, pointer):
        answer = client_of(clerk).post(f"{PATH}create/", {**ALI, **changes}, "json")
        assert (answer.status_code, [error["pointer"] for error in answer.json()["errors"]]) == (400, [pointer])


@pytest.mark.proof
@pytest.mark.django_db(transaction=True)
def test_of_simultaneous_namesakes_each_has_a_name_of_their_own(now):
    clerk = make_staff("clerk", make_hospital("Jinnah Hospital"))
    for _ in range(rounds(1, 10)):
        outcomes = race([partial(add_doctor, actor=clerk, **ALI, now=now)] * 6)
        assert [str(each) for each in outcomes if isinstance(each, Exception)] == []
    names = list(User.objects.filter(role="DOCTOR").values_list("username", flat=True))
    assert len(names) == len(set(names)) == 6 * rounds(1, 10)


class TestChanging:
    @pytest.fixture
    def doctor(self, add):
        return add(license_number="M-1").doctor

    def test_reaches_names_department_and_what_was_checked(self, doctor, clerk, jinnah, client_of):
        heart = Department.objects.create(hospital=jinnah, name="Heart")
        body = {"last_name": "Khan", "department": str(heart.pk), "license_number": "M-2", "specialization": "Surgery"}
        answer = client_of(clerk).patch(f"{PATH}{doctor.pk}/", body, "json")
        doctor.refresh_from_db()
        assert (answer.status_code, answer.json()["name"]) == (200, "Ali Khan")
        assert (doctor.department, doctor.license_number, doctor.specialization) == (heart, "M-2", "Surgery")

    def test_leaves_login_hospital_status_and_rating_alone(self, doctor, clerk, jinnah, client_of):
        body = {"hospital": None, "status": "REJECTED", "rating_average": 5, "username": "x", "email": "x@example.org"}
        assert client_of(clerk).patch(f"{PATH}{doctor.pk}/", body, "json").status_code == 200
        doctor.refresh_from_db()
        assert (doctor.hospital, doctor.status, doctor.rating_average) == (jinnah, "APPROVED", 0)
        assert (doctor.user.username, doctor.user.email) == ("alimehmood_jinnahhospital", ALI["email"])

    def test_by_strangers_is_refused(self, doctor, stranger, client_of, now):
        assert client_of(stranger).patch(f"{PATH}{doctor.pk}/", {"bio": "x"}, "json").status_code == 404
        with pytest.raises(NotAllowed):
            change_doctor(actor=stranger, doctor=doctor, now=now, bio="x")
        with pytest.raises(NotAllowed):
            deactivate_doctor(actor=doctor.user, doctor=doctor, now=now)
        with pytest.raises(NotAllowed):
            reset_doctor_password(actor=stranger, doctor=doctor, now=now)

    def test_a_licence_of_a_colleague_is_refused(self, doctor, add, clerk, client_of):
        add(license_number="M-2")
        answer = client_of(clerk).patch(f"{PATH}{doctor.pk}/", {"license_number": "M-2"}, "json")
        assert (answer.status_code, answer.json()["code"]) == (409, "licence_taken")

    def test_by_the_directorys_door_is_the_same(self, doctor, clerk, client_of):
        answer = client_of(clerk).patch(f"/api/v1/doctors/{doctor.pk}/", {"bio": "Listens."}, "json")
        assert (answer.status_code, answer.json()["bio"]) == (200, "Listens.")
        assert "license_number" not in answer.json()


class TestDeactivating:
    def test_stops_the_login_and_hides_the_doctor(self, jinnah, clerk, client_of, anonymous):
        doctor = make_doctor("lena", jinnah)
        theirs = client_of(doctor.user)
        assert client_of(clerk).delete(f"{PATH}{doctor.pk}/").status_code == 204
        assert theirs.get("/api/v1/me/").status_code == 401
        assert anonymous.get(f"/api/v1/doctors/{doctor.pk}/").status_code == 404
        assert client_of(clerk).get(f"{PATH}?is_active=false").json()["results"][0]["id"] == str(doctor.pk)

    def test_ends_the_sessions_for_good(self, jinnah, clerk, client_of):
        doctor = make_doctor("lena", jinnah)
        theirs = client_of(doctor.user)
        client_of(clerk).delete(f"{PATH}{doctor.pk}/")
        answer = client_of(clerk).patch(f"{PATH}{doctor.pk}/", {"is_active": True}, "json")
        assert (answer.status_code, answer.json()["is_active"]) == (200, True)
        assert theirs.get("/api/v1/me/").status_code == 401
        assert client_of(doctor.user).get("/api/v1/me/").status_code == 200


class TestNewPassword:
    def test_is_shown_once_and_ends_every_session(self, jinnah, clerk, client_of, anonymous):
        doctor = make_doctor("lena", jinnah)
        theirs = client_of(doctor.user)
        shown = client_of(clerk).post(f"{PATH}{doctor.pk}/reset-password/").json()
        assert theirs.get("/api/v1/me/").status_code == 401
        credentials = {"username": "lena", "password": shown["password"]}
        assert anonymous.post("/api/v1/auth/login/", credentials, "json").json()["user"]["must_change_password"]
        actions = set(AuditEvent.objects.filter(actor_id=clerk.pk).values_list("action", flat=True))
        assert {"doctor_password_reset", "password_returned"} <= actions
