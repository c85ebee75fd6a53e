"""The questions of the directory find their indexes; how fast, benchmarks tell."""

import hashlib

import pytest
from django.db import connection

from apps.accounts.models import User
from apps.hospitals.models import Doctor, DoctorApplication, Hospital
from apps.hospitals.searching import Place

pytestmark = pytest.mark.django_db
DIRECTORY = Doctor.objects.practising().shown()

QUESTIONS = {
    "doctor_by_rating": lambda: DIRECTORY.order_by("-rating_average", "-id")[:21],
    "doctor_by_experience": lambda: DIRECTORY.order_by("-experience_years", "-id")[:21],
    "doctor_by_fee": lambda: DIRECTORY.order_by("consultation_fee", "id")[:21],
    "doctor_by_specialty": lambda: DIRECTORY.specialized_in("Cardiology").order_by("-rating_average", "-id")[:21],
    "doctor_by_city": lambda: DIRECTORY.in_city("Lagos").order_by("-rating_average", "-id")[:21],
    "hospital_by_place": lambda: Hospital.objects.near(Place(52.5, 13.4), radius_km=10)[:21],
    "hospital_by_name": lambda: Hospital.objects.order_by("name", "id")[:21],
    "application_queue": lambda: DoctorApplication.objects.waiting().order_by("-id")[:21],
}


def test_each_question_finds_its_index(many):
    with connection.cursor() as cursor:
        # With few rows reading the table is right; what matters is whether the index could be used.
        cursor.execute("SET LOCAL enable_seqscan = off; SET LOCAL enable_sort = off")
    plans = {index: question().explain() for index, question in QUESTIONS.items()}
    assert {index: plan for index, plan in plans.items() if index not in plan} == {}


WORDS = {
    "a search": ("doctor_search", lambda: Doctor.objects.practising().search("okafro").best_first("okafro")[:21]),
    "two words": ("doctor_search", lambda: Doctor.objects.practising().search("okafro lena").best_first("okafro")[:21]),
    "a disease": ("doctor_search", lambda: Doctor.objects.treating("plague")),
    "a language": ("doctor_search", lambda: Doctor.objects.speaking("latin")),
    "a hospital": ("hospital_search", lambda: Hospital.objects.search("riversdie")),
}
MANY = 2_000


@pytest.fixture
def many(db) -> None:
    """Enough rows for the planner to want the index by itself."""
    names = [hashlib.blake2b(str(number).encode(), digest_size=4).hexdigest() for number in range(MANY)]
    users = User.objects.bulk_create(User(username=name, first_name=name[:5], last_name=name) for name in names)
    Doctor.objects.bulk_create(
        Doctor(user=user, status="APPROVED", specialization="Surgery", time_zone="UTC") for user in users
    )
    Hospital.objects.bulk_create(
        Hospital(name=f"{name} Hospital", license_number=name, time_zone="UTC", status="APPROVED") for name in names
    )
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE hospitals_doctor, hospitals_hospital, accounts_user")
        cursor.execute("SET LOCAL enable_seqscan = off")  # Two thousand rows are still few.


@pytest.mark.parametrize("question", WORDS)
def test_words_find_theirs(many, question):
    index, ask = WORDS[question]
    assert f"Bitmap Index Scan on {index}" in ask().explain()
