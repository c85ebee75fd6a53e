"""Searching among the patients one may see: misspelt names, accents left out, and by index however many there are."""

import json

import pytest
from django.db import connection
from django.test import Client
from django.urls import reverse

from apps.patients.models import HospitalRegistration, Patient
from apps.patients.querysets import PatientQuerySet
from apps.patients.spelling import LONGEST, spellings
from tests.care import client_of
from tests.world import PASSWORD, make_doctor, make_hospital, make_staff, make_user

pytestmark = pytest.mark.django_db
PATIENTS = "/api/v1/patients/"
NAMES = [
    ("Amina", "Rahman"),
    ("Zoë", "Łukasiewicz"),
    ("José", "Muñoz Álvarez"),
    ("Björn", "Ångström"),
    ("محمد", "علي"),
    ("Bo", "Li"),
    ("Siobhán", "O'Brien-Smith"),
]


@pytest.fixture
def staff(now):
    home = make_hospital("Home")
    patients = [Patient.objects.create(first_name=first, last_name=last) for first, last in NAMES]
    HospitalRegistration.objects.bulk_create(HospitalRegistration(hospital=home, patient=each) for each in patients)
    return make_staff("hana", home)


@pytest.fixture
def found(staff, now):
    """Return the names that a search by the hospital's staff finds, the closest first."""
    client = client_of(staff, now=now)
    return lambda typed: [row["name"] for row in client.get(PATIENTS, {"search": typed}).json()["results"]]


@pytest.mark.parametrize(
    ("typed", "name"),
    [
        ("amina", "Amina Rahman"),
        ("AMINA RAHMAN", "Amina Rahman"),
        ("rahman amina", "Amina Rahman"),
        ("ami", "Amina Rahman"),
        ("Amnia", "Amina Rahman"),  # Two letters swapped.
        ("maina rahman", "Amina Rahman"),
        ("Rahamn", "Amina Rahman"),
        ("Rahmna", "Amina Rahman"),
        ("Rahmn", "Amina Rahman"),  # One missing,
        ("Rahhman", "Amina Rahman"),  # one too many,
        ("Amina Rahnan", "Amina Rahman"),  # one wrong.
        ("zoe", "Zoë Łukasiewicz"),
        ("lukasiewicz", "Zoë Łukasiewicz"),
        ("Łukasiewicz", "Zoë Łukasiewicz"),
        ("lukasiewizc", "Zoë Łukasiewicz"),
        ("jose munoz", "José Muñoz Álvarez"),
        ("alvarez", "José Muñoz Álvarez"),
        ("bjorn angstrom", "Björn Ångström"),
        ("محمد", "محمد علي"),
        ("bo", "Bo Li"),
        ("obrien", "Siobhán O'Brien-Smith"),
        ("o'brien", "Siobhán O'Brien-Smith"),
    ],
)
def test_a_name_is_found_as_it_is_typed(found, typed, name):
    assert found(typed)[:1] == [name]


@pytest.mark.parametrize("name", [f"{first} {last}" for first, last in NAMES if len(first) > 3])
def test_any_two_letters_may_be_swapped(found, name):
    for place in range(len(name) - 1):
        pair = name[place : place + 2]
        if pair.isalpha() and pair[0] != pair[1]:
            typed = name[:place] + pair[::-1] + name[place + 2 :]
            assert found(typed)[:1] == [name], typed


@pytest.mark.parametrize("typed", ["Xqzwv", "%", "_mina", "''; --", "12345678901234567890"])
def test_what_is_like_nobody_finds_nobody_or_does_no_harm(found, typed):
    assert set(found(typed)) <= {"Amina Rahman"} if len(typed) > 1 else True


@pytest.mark.parametrize("parameters", [{"search": "a"}, {"search": "x" * (LONGEST + 1)}, {"ordering": "birth_date"}])
def test_what_cannot_be_searched_is_400(staff, now, parameters):
    answer = client_of(staff, now=now).get(PATIENTS, parameters)
    assert [error["pointer"] for error in answer.json()["errors"]] == [f"?{next(iter(parameters))}"]


def test_only_the_registered_are_found(staff, now):
    Patient.objects.create(first_name="Amina", last_name="Elsewhere", phone="+15550100001")
    client = client_of(staff, now=now)
    for parameters in ({"search": "elsewhere"}, {"search": "5550100001"}, {"phone": "+15550100001"}):
        assert client.get(PATIENTS, parameters).json()["results"] == []


def test_pages_follow_each_other_by_closeness(staff, now):
    home = staff.staff_member.hospital
    for number in range(9):
        made = Patient.objects.create(first_name="Amina", last_name="Rahman" + "x" * number)
        HospitalRegistration.objects.create(hospital=home, patient=made)
    client, names, url = client_of(staff, now=now), [], f"{PATIENTS}?search=amina+rahman&page_size=3"
    while url:
        page = client.get(url).json()
        names += [row["name"] for row in page["results"]]
        url = page["next"]
    assert len(names) == len(set(names)) + 1 == 10  # Two have the very same name.
    assert names[:2] == ["Amina Rahman"] * 2


@pytest.mark.parametrize(
    ("ordering", "first"),
    [("first_name", "Amina"), ("-last_name", "علي"), ("last_name", "Li"), ("created_at", "Amina")],
)
def test_lists_are_ordered_as_asked(staff, now, ordering, first):
    row = client_of(staff, now=now).get(PATIENTS, {"ordering": ordering}).json()["results"][0]
    assert first in {row["first_name"], row["last_name"]}


class TestSpellings:
    def test_begin_with_what_was_typed(self):
        assert spellings(" ab  c ") == ["ab c", "ba c"]

    def test_are_never_twice_and_swap_letters_only(self):
        assert spellings("aab 12") == ["aab 12", "aba 12"]

    def test_of_the_longest_name_are_few(self):
        assert len(spellings("ab" * 1_000)) <= LONGEST


# --- How PostgreSQL goes about it --------------------------------------------------------------------------

MANY = 20_000
FILL = """
INSERT INTO patients_patient (id, created_at, updated_at, first_name, last_name, sex, blood_group, phone, email,
    address, city, emergency_name, emergency_phone, emergency_relation, time_zone, language)
SELECT gen_random_uuid(), now(), now(), md5(n::text), md5((-n)::text), 'UNKNOWN', 'UNKNOWN', '+1555' || n, '',
    '', '', '', '', '', 'UTC', 'en' FROM generate_series(1, %s) n
"""


def nodes_of(rows: PatientQuerySet) -> list[dict]:
    """Return every node of the plan."""
    todo, nodes = [json.loads(rows.explain(format="json"))[0]["Plan"]], []
    while todo:
        nodes.append(todo.pop())
        todo += nodes[-1].get("Plans", [])
    return nodes


@pytest.fixture
def crowd(staff):
    with connection.cursor() as cursor:
        cursor.execute(FILL, [MANY])
        cursor.execute(
            "INSERT INTO patients_hospitalregistration (id, created_at, updated_at, source, hospital_id, patient_id) "
            "SELECT gen_random_uuid(), now(), now(), 'WALK_IN', %s, id FROM patients_patient "
            "WHERE phone LIKE '+15551%%' LIMIT 50",
            [staff.staff_member.hospital_id],
        )
        cursor.execute("ANALYZE patients_patient, patients_hospitalregistration, patients_management")
    return staff


@pytest.mark.parametrize("who", ["staff", "doctor", "patient"])
def test_no_list_reads_through_the_table(crowd, who):
    reader = {"staff": crowd, "doctor": make_doctor("lena", None).user, "patient": make_user("amina")}[who]
    visible = Patient.objects.visible_to(reader)
    for rows in (visible[:21], visible.matching("+15551234")[:21], visible.matching("amina rahamn")[:21]):
        read = [node for node in nodes_of(rows) if node.get("Relation Name") == "patients_patient"]
        assert read
        assert {node["Node Type"] for node in read} <= {"Index Scan", "Index Only Scan", "Bitmap Heap Scan"}


def test_similar_names_come_from_the_trigram_index(crowd):
    with connection.cursor() as cursor:
        # What the function asks, for PostgreSQL does not show the inside of functions.
        cursor.execute("SELECT prosrc FROM pg_proc WHERE proname = 'patients_like'")
        asked = cursor.fetchone()[0].replace("spellings[", "(ARRAY['amina rahamn', 'amina rahman'])[")
        cursor.execute("SET LOCAL enable_seqscan = off")
        cursor.execute(f"EXPLAIN {asked}")
        plan = "\n".join(row[0] for row in cursor.fetchall())
    assert plan.count("patient_by_name") == 2
    assert "Seq Scan on patients_patient" not in plan


def test_a_search_in_the_admin_is_by_index_too(crowd, world_admin):
    page = world_admin.get(reverse("admin:patients_patient_changelist"), {"q": "amina rahamn"})
    assert page.status_code == 200
    assert "Amina Rahman" in page.content.decode()
    found = world_admin.get(reverse("admin:patients_hospitalregistration_changelist"), {"q": "zoe"})
    assert "Łukasiewicz" in found.content.decode()


@pytest.fixture
def world_admin(db) -> Client:
    client = Client()
    make_user("ada", "ADMIN", is_staff=True, is_superuser=True)
    client.post("/admin/login/", {"username": "ada", "password": PASSWORD})
    return client
