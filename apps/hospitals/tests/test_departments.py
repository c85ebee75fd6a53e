"""Departments: one name once in a hospital, kept by its own people."""

from functools import partial

import pytest

from apps.core.testing.proofs import race, rounds
from apps.hospitals.models import Department, Doctor
from tests.world import make_doctor, make_hospital, make_staff


@pytest.fixture
def heart(home) -> Department:
    return Department.objects.create(hospital=home, name="Heart")


PATH = "/api/v1/hospitals/departments/"


def test_staff_add_change_and_remove_their_own(home, staff, client_of):
    client = client_of(staff)
    added = client.post(PATH, {"name": " Bones ", "description": "All of them"}, "json")
    assert (added.status_code, added.json()["name"], added.json()["hospital"]) == (201, "Bones", str(home.pk))
    one = f"{PATH}{added.json()['id']}/"
    assert client.patch(one, {"name": "Joints"}, "json").json()["description"] == "All of them"
    assert client.put(one, {"name": "Skin"}, "json").json()["description"] == ""
    assert client.delete(one).status_code == 204
    assert not Department.objects.exists()


def test_a_name_is_taken_once_in_a_hospital_and_again_in_another(heart, staff, stranger, client_of):
    answer = client_of(staff).post(PATH, {"name": "Heart"}, "json")
    assert (answer.status_code, answer.json()["code"]) == (409, "department_name_taken")
    assert client_of(stranger).post(PATH, {"name": "Heart"}, "json").status_code == 201
    other = Department.objects.create(hospital=heart.hospital, name="Skin")
    answer = client_of(staff).patch(f"{PATH}{other.pk}/", {"name": "Heart"}, "json")
    assert (answer.status_code, answer.json()["code"]) == (409, "department_name_taken")


def test_one_with_doctors_is_not_removed(heart, staff, client_of):
    make_doctor("lena", heart.hospital, heart)
    answer = client_of(staff).delete(f"{PATH}{heart.pk}/")
    assert (answer.status_code, answer.json()["code"]) == (409, "department_in_use")
    assert Department.objects.filter(pk=heart.pk).exists()


def test_another_hospitals_is_not_changed(heart, stranger, client_of):
    client = client_of(stranger)
    assert client.patch(f"{PATH}{heart.pk}/", {"name": "X"}, "json").status_code == 403
    assert client.delete(f"{PATH}{heart.pk}/").status_code == 403
    foreign, absent = (
        client.post(PATH, {"name": "X", "hospital": which}, "json").json()
        for which in (str(heart.hospital_id), "01900000-0000-7000-8000-00000000dead")
    )
    foreign.pop("trace_id"), absent.pop("trace_id")
    assert foreign == absent
    assert not Department.objects.filter(name="X").exists()


def test_lists_of_one_hospital_and_of_its_doctors(heart, staff, client_of):
    away = make_hospital("Away")
    Department.objects.create(hospital=away, name="Bones")
    lena = make_doctor("lena", heart.hospital, heart)
    make_doctor("marco", away)
    client = client_of(staff)
    shown = client.get(f"/api/v1/hospitals/{heart.hospital_id}/departments/").json()["results"]
    assert [row["id"] for row in shown] == [str(heart.pk)]
    shown = client.get(f"/api/v1/hospitals/{heart.hospital_id}/doctors/").json()["results"]
    assert [row["id"] for row in shown] == [str(lena.pk)]
    assert [row["name"] for row in client.get(f"{PATH}?hospital={away.pk}").json()["results"]] == ["Bones"]


@pytest.mark.parametrize("body", [{}, {"name": ""}, {"name": "x" * 121}, {"name": "A", "hospital": "x"}])
def test_bad_input_names_its_field(home, staff, client_of, body):
    answer = client_of(staff).post(PATH, body, "json")
    wrong = "/hospital" if "hospital" in body else "/name"
    assert [error["pointer"] for error in answer.json()["errors"]] == [wrong]


@pytest.mark.proof
@pytest.mark.django_db(transaction=True)
def test_of_a_removal_and_a_doctor_who_comes_to_belong_one_is_refused(client_of):
    """The foreign key is checked at the commit: whoever comes second is told, and nothing is a failure of ours."""
    home = make_hospital("Riverside")
    staff, lena = client_of(make_staff("clerk", home)), make_doctor("lena", home)
    outcomes = set()
    for number in range(rounds(12, 120)):
        heart = Department.objects.create(hospital=home, name=f"Heart {number}")
        body = {"department": str(heart.pk)}
        acts = [
            partial(staff.delete, f"{PATH}{heart.pk}/"),
            partial(staff.patch, f"/api/v1/hospitals/doctors/{lena.pk}/", body, "json"),
        ]
        removed, moved = race(acts)
        outcomes.add((removed.status_code, moved.status_code))
        assert removed.status_code == 204 or removed.json()["code"] == "department_in_use"
        Doctor.objects.update(department=None)
    assert outcomes <= {(204, 404), (204, 409), (409, 200)}, outcomes
