"""Hospitals join, wait, and keep their profile."""

import pytest
from django.conf import settings

from apps.accounts.choices import Role
from apps.accounts.models import Consent, User
from apps.core.models import AuditEvent
from apps.hospitals.choices import HospitalStatus
from apps.hospitals.models import Hospital, StaffMember
from apps.notifications.models import Delivery
from apps.notifications.topics import topic_named
from tests.world import make_patient, make_user

GOOD = {
    "email": "Hana@example.org",
    "password": "a long enough password",
    "password_confirm": "a long enough password",
    "first_name": "Hana",
    "last_name": "Park",
    "phone_number": "+15550100200",
    "hospital_name": "Hilltop Clinic",
    "license_number": "HC-1",
    "hospital_email": "contact@example.org",
    "hospital_phone": "+15550100201",
    "address": "2 Hill Road",
    "location": "Springfield",
    "latitude": 39.81,
    "longitude": -89.64,
    "time_zone": "America/Chicago",
    "consent": True,
}


@pytest.fixture
def register(db, anonymous):
    return lambda **changes: anonymous.post("/api/v1/hospitals/register/", {**GOOD, **changes}, "json")


def pointers(answer) -> list[str]:
    assert answer.status_code == 400, answer.json()
    return [error["pointer"] for error in answer.json()["errors"]]


class TestRegistering:
    def test_makes_a_hospital_that_waits_and_its_first_login_but_no_session(self, register):
        answer = register()
        hospital, user = Hospital.objects.get(), User.objects.get()
        assert answer.status_code == 201
        assert (answer.json()["status"], answer.json()["city"]) == ("PENDING", "Springfield")
        assert "access" not in answer.content.decode()
        assert (hospital.status, hospital.name, hospital.email) == (
            HospitalStatus.PENDING,
            "Hilltop Clinic",
            "contact@example.org",
        )
        assert (user.role, user.email, user.phone) == (Role.HOSPITAL, "hana@example.org", "+15550100200")
        assert StaffMember.objects.get() == user.staff_member
        assert user.staff_member.hospital == hospital
        assert Consent.objects.filter(user=user).exists()
        assert AuditEvent.objects.get(action="hospital_registered").tenant_id == hospital.pk

    def test_lets_the_login_in_after_the_approval_only(self, register, anonymous, office, client_of):
        hospital = register().json()["id"]
        credentials = {"email": GOOD["email"], "password": GOOD["password"]}
        assert anonymous.post("/api/v1/auth/login/", credentials, "json").status_code == 401
        decided = client_of(office).patch(f"/api/v1/hospitals/{hospital}/approve/", {"is_approved": True}, "json")
        assert (decided.status_code, decided.json()["status"]) == (200, "APPROVED")
        assert anonymous.post("/api/v1/auth/login/", credentials, "json").status_code == 200

    @pytest.mark.parametrize(
        ("changes", "code"),
        [({"email": "other@example.org"}, "licence_taken"), ({"license_number": "HC-2"}, "email_taken")],
    )
    def test_twice_leaves_nothing_of_the_second(self, register, changes, code):
        register()
        Hospital.objects.update(status="APPROVED")
        answer = register(**changes)
        assert (answer.status_code, answer.json()["code"]) == (409, code)
        assert (Hospital.objects.count(), User.objects.count(), StaffMember.objects.count()) == (1, 1, 1)

    @pytest.mark.parametrize(
        ("changes", "pointer"),
        [
            ({"latitude": 90.1}, "/latitude"),
            ({"latitude": -90.1}, "/latitude"),
            ({"longitude": 180.5}, "/longitude"),
            ({"longitude": "nan"}, "/longitude"),
            ({"latitude": "inf"}, "/latitude"),
            ({"latitude": None}, "/latitude"),
            ({"longitude": None}, "/longitude"),
            ({"time_zone": "Mars/Olympus"}, "/time_zone"),
            ({"password_confirm": "another password"}, "/password_confirm"),
            ({"password": "short", "password_confirm": "short"}, "/password"),
            ({"hospital_name": ""}, "/hospital_name"),
            ({"license_number": " "}, "/license_number"),
            ({"email": "nobody"}, "/email"),
            ({"hospital_phone": "call me"}, "/hospital_phone"),
            ({"hospital_phone": "+" + "1" * 20}, "/hospital_phone"),  # One more than the column holds.
            ({"consent": False}, "/consent"),
            ({"consent": None}, "/consent"),
        ],
    )
    def test_bad_input_names_its_field(self, register, changes, pointer):
        assert pointers(register(**changes)) == [pointer]
        assert not Hospital.objects.exists()
        assert not User.objects.exists()

    def test_consent_is_asked_for_and_kept_with_its_version_and_time(self, db, anonymous, register):
        silent = {name: value for name, value in GOOD.items() if name != "consent"}
        assert pointers(anonymous.post("/api/v1/hospitals/register/", silent, "json")) == ["/consent"]
        assert not Consent.objects.exists()
        register()
        assert Consent.objects.get().version == settings.CONSENT_VERSION

    def test_needs_no_coordinates(self, register):
        assert register(latitude=None, longitude=None).status_code == 201


class TestProfile:
    @pytest.fixture
    def change(self, home, client_of):
        path = f"/api/v1/hospitals/{home.pk}/"
        return lambda user, body, **headers: client_of(user).patch(path, body, "json", **headers)

    def test_is_changed_by_its_staff(self, change, staff, home):
        body = {"city": "Lagos", "time_zone": "Africa/Lagos", "cancellation_notice_hours": 12}
        answer = change(staff, {**body, "latitude": 6.5, "longitude": 3.4})
        home.refresh_from_db()
        assert answer.status_code == 200, answer.json()
        assert (home.city, home.time_zone, home.cancellation_notice_hours) == ("Lagos", "Africa/Lagos", 12)
        assert (home.latitude, home.longitude) == (6.5, 3.4)
        event = AuditEvent.objects.get(action="hospital_changed")
        assert (event.tenant_id, event.actor_id) == (home.pk, staff.pk)

    def test_licence_status_and_owner_are_not_changed_here(self, change, staff, home):
        body = {"license_number": "X", "status": "SUSPENDED", "decided_by": str(staff.pk), "city": "Lagos"}
        assert change(staff, body).status_code == 200
        home.refresh_from_db()
        assert (home.license_number, home.status, home.decided_by) == ("L-Riverside", "APPROVED", None)

    def test_of_another_hospital_is_refused_and_of_a_hidden_one_absent(self, change, stranger, home):
        assert change(stranger, {"city": "X"}).json()["code"] == "not_allowed"
        Hospital.objects.filter(pk=home.pk).update(status=HospitalStatus.PENDING)
        assert change(stranger, {"city": "X"}).status_code == 404
        assert not Hospital.objects.filter(city="X").exists()

    def test_half_a_pair_of_coordinates_is_refused(self, change, staff):
        assert pointers(change(staff, {"latitude": 5})) == ["/longitude"]

    @pytest.mark.parametrize(
        "body", [{"time_zone": "Nowhere"}, {"latitude": 91}, {"cancellation_notice_hours": -1}, {"name": ""}]
    )
    def test_bad_input_names_its_field(self, change, staff, body):
        assert pointers(change(staff, body)) == [f"/{next(iter(body))}"]

    def test_a_stale_representation_is_refused(self, change, staff, home, client_of):
        tag = client_of(staff).get(f"/api/v1/hospitals/{home.pk}/")["ETag"]
        assert change(staff, {"city": "A"}, HTTP_IF_MATCH=tag).status_code == 200
        assert change(staff, {"city": "B"}, HTTP_IF_MATCH=tag).status_code == 412

    def test_only_administrators_see_the_licence(self, home, staff, office, client_of):
        path = f"/api/v1/hospitals/{home.pk}/"
        assert client_of(office).get(path).json()["license_number"] == "L-Riverside"
        for user in (staff, make_user("somebody")):
            assert "license_number" not in client_of(user).get(path).json()


class TestDecisions:
    """The service is tested in test_decisions; here its doors and what people are told."""

    @pytest.mark.parametrize(
        "act",
        [
            ("PENDING", "approve", {"is_approved": True}, "APPROVED"),
            ("PENDING", "approve", {"is_approved": False, "reason": "No licence"}, "REJECTED"),
            ("PENDING", "approve", {"decision": "rejected", "reason": "No licence"}, "REJECTED"),
            ("REJECTED", "approve", {"is_approved": True}, "APPROVED"),
            ("SUSPENDED", "approve", {"decision": "APPROVED"}, "APPROVED"),
            ("APPROVED", "suspend", {"reason": "Licence ran out"}, "SUSPENDED"),
        ],
    )
    def test_act_and_tell_the_staff(self, home, staff, client_of, office, act):
        before, door, body, after = act
        Hospital.objects.update(status=before)
        answer = client_of(office).post(f"/api/v1/hospitals/{home.pk}/{door}/", body, "json")
        home.refresh_from_db()
        assert (answer.status_code, home.status) == (200, after)
        assert home.decision_reason == body.get("reason", "")
        told = Delivery.objects.get(topic="hospital_decided", user=staff)
        message = topic_named("hospital_decided").render([told.subject_id])[told.subject_id]
        assert home.name in str(message.body)
        assert body.get("reason", "") in str(message.body)

    def test_a_second_suspension_is_told_again(self, home, staff, office, client_of):
        client = client_of(office)
        why = {"reason": "Licence ran out"}
        for door, body in (("suspend", why), ("approve", {"is_approved": True}), ("suspend", why)):
            assert client.post(f"/api/v1/hospitals/{home.pk}/{door}/", body, "json").status_code == 200
        assert Delivery.objects.filter(topic="hospital_decided", user=staff).count() == 3

    def test_nothing_decided_is_refused(self, home, office, client_of):
        answer = client_of(office).patch(f"/api/v1/hospitals/{home.pk}/approve/", {}, "json")
        assert pointers(answer) == ["/is_approved"]

    def test_a_patient_who_is_also_somebody_decides_nothing(self, home, client_of):
        user = make_user("amina")
        make_patient(user)
        answer = client_of(user).post(f"/api/v1/hospitals/{home.pk}/suspend/", {}, "json")
        assert (answer.status_code, answer.json()["code"]) == (403, "permission_denied")
