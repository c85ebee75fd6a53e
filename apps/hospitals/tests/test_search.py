"""The directory finds what is meant: misspelt, without accents, in part; and never by what is private."""

from functools import partial
from typing import Any

import pytest
from django.conf import settings
from django.core.cache import cache
from django.test import override_settings

from apps.accounts.models import User
from apps.accounts.services.users import update_profile
from apps.hospitals.models import Doctor, Hospital
from apps.hospitals.selectors import doctors_for_disease
from apps.hospitals.services.registering import change_hospital
from tests.world import make_doctor, make_hospital

PEOPLE: dict[str, dict[str, Any]] = {
    "lena": {"names": ("Lena", "Okafor"), "specialization": "Cardiology", "languages": ["English", "Yoruba"]},
    "jose": {"names": ("José", "Núñez"), "specialization": "Neurology", "languages": ["Español"]},
    "aylin": {"names": ("Aylin", "Şahin"), "specialization": "Cardiology", "languages": ["Türkçe"]},
    "amina": {"names": ("Amina", "Rahman"), "specialization": "Dermatology", "languages": ["Bengali"]},
    "li": {"names": ("Li", "Wu"), "specialization": "Pediatrics", "languages": ["中文"]},
}
MORE = {
    "lena": {"experience_years": 20, "consultation_fee": 80, "rating_average": "4.50"},
    "jose": {"experience_years": 5, "consultation_fee": 30, "rating_average": "4.90", "city": "São Paulo"},
    "aylin": {"experience_years": 12, "consultation_fee": 80, "rating_average": "3.00"},
    "amina": {"experience_years": 2, "consultation_fee": 0, "rating_average": "0.00"},
    "li": {"experience_years": 40, "consultation_fee": 200, "rating_average": "4.50"},
}
DISEASES = {"jose": ["Migraine", "Épilepsie"], "amina": ["Eczema"], "lena": ["High blood pressure"]}


@pytest.fixture
def directory(db) -> dict[str, Doctor]:
    hospital = make_hospital("Riverside")
    Hospital.objects.filter(pk=hospital.pk).update(city="Zürich")
    for username, facts in PEOPLE.items():
        doctor = make_doctor(username, hospital)
        doctor.specialization, doctor.languages = facts["specialization"], facts["languages"]
        doctor.diseases_treated = DISEASES.get(username, [])
        for name, value in MORE[username].items():
            setattr(doctor, name, value)
        doctor.save()
        first, last = facts["names"]
        User.objects.filter(pk=doctor.user_id).update(first_name=first, last_name=last, phone="+15550109999")
    return {doctor.user.username: doctor for doctor in Doctor.objects.select_related("user")}


@pytest.fixture
def find(directory, anonymous):
    def ask(**parameters) -> list[str]:
        answer = anonymous.get("/api/v1/doctors/", parameters)
        assert answer.status_code == 200, answer.json()
        names = {str(doctor.pk): username for username, doctor in directory.items()}
        return [names[row["id"]] for row in answer.json()["results"]]

    return ask


class TestSearch:
    @pytest.mark.parametrize(
        ("term", "found"),
        [
            ("Lena Okafor", "lena"),
            ("okafor lena", "lena"),
            ("Okafro", "lena"),
            ("Lean Okafor", "lena"),
            ("Okfaor", "lena"),
            ("Okafr", "lena"),
            ("Okaffor", "lena"),
            ("Okapor", "lena"),
            ("okaf", "lena"),
            ("LENA", "lena"),
            ("jose nunez", "jose"),
            ("José Núñez", "jose"),
            ("nuñze", "jose"),
            ("sahin", "aylin"),
            ("rahman dermatology", "amina"),
            ("Rahmna", "amina"),
            ("li", "li"),
            ("Wu", "li"),
            ("pediatrcis", "li"),
            ("epilepsie", "jose"),
            ("sao paulo", "jose"),
            ("turkce", "aylin"),
        ],
    )
    def test_finds_who_is_meant(self, find, term, found):
        assert find(search=term) == [found]

    def test_by_the_hospitals_city_and_name(self, find):
        assert set(find(search="Zurich cardiology")) == {"lena", "aylin"}
        assert set(find(search="riversdie cardiology")) == {"lena", "aylin"}

    @pytest.mark.parametrize(
        "term",
        ["+15550109999", "15550109999", "0109999", "lena@example.org", "example", "D-lena", "!!!", "%", "_", "zzzz"],
    )
    def test_never_looks_at_what_is_private_and_takes_every_sign_for_a_sign(self, find, term):
        assert find(search=term) == []

    def test_the_likest_name_comes_first(self, find, directory):
        make_doctor("lina", Hospital.objects.get())
        User.objects.filter(username="lina").update(first_name="Lina", last_name="Person")
        answer = [row["name"] for row in _get("search", "lina")]
        assert answer[0] == "Lina Person"
        assert "Lena Okafor" in answer

    def test_pages_join_up(self, directory, anonymous):
        seen, url = [], "/api/v1/doctors/?search=riverside&page_size=2"
        while url:
            page = anonymous.get(url).json()
            seen += [row["id"] for row in page["results"]]
            url = page["next"]
        assert sorted(seen) == sorted(str(doctor.pk) for doctor in directory.values())

    def test_search_has_an_address_of_its_own_too(self, directory, anonymous):
        rows = anonymous.get("/api/v1/doctors/search/?search=okafro").json()["results"]
        assert [row["name"] for row in rows] == ["Lena Okafor"]


def _get(name: str, value: str) -> list[dict]:
    from rest_framework.test import APIClient

    return APIClient().get("/api/v1/doctors/", {name: value}).json()["results"]


class TestKeptInStep:
    """Whoever changes a name or a city, on any floor and by any way, the search knows it at once."""

    def test_with_a_persons_name(self, find, directory):
        update_profile(actor=directory["lena"].user, first_name="Ngozi")
        assert find(search="ngozi") == ["lena"]
        assert find(search="lena") == []

    def test_with_a_hospitals_name_and_city(self, find, directory, staffed, now):
        change_hospital(actor=staffed, hospital=directory["lena"].hospital, name="Lakeside", city="Bâle", now=now)
        assert len(find(search="lakeside")) == 5
        assert find(search="riverside") == []
        assert set(find(city="BALE")) == {"lena", "aylin", "amina", "li"}

    def test_with_a_bulk_update(self, find, directory):
        Doctor.objects.filter(pk=directory["lena"].pk).update(specialization="Surgery")
        assert find(specialization="surgery") == ["lena"]

    def test_but_for_a_rating_which_nobody_searches(self, find, directory):
        Doctor.objects.filter(pk=directory["amina"].pk).update(rating_average=5)
        assert find()[0] == "amina"

    @pytest.fixture
    def staffed(self, directory):
        from tests.world import make_staff

        return make_staff("clerk", directory["lena"].hospital)


class TestFilters:
    @pytest.mark.parametrize(
        ("parameters", "found"),
        [
            ({"specialization": "cardiology"}, {"lena", "aylin"}),
            ({"city": "zurich"}, {"lena", "aylin", "amina", "li"}),
            ({"city": "Sao Paulo"}, {"jose"}),
            ({"language": "turkce"}, {"aylin"}),
            ({"language": "English"}, {"lena"}),
            ({"disease": "epilepsie"}, {"jose"}),
            ({"disease": "blood pressure"}, {"lena"}),
            ({"min_experience": 12}, {"lena", "aylin", "li"}),
            ({"max_experience": 5}, {"jose", "amina"}),
            ({"min_fee": 80, "max_fee": 100}, {"lena", "aylin"}),
            ({"min_rating": 4.5}, {"lena", "jose", "li"}),
            ({"max_rating": 3}, {"aylin", "amina"}),
            ({"availability_status": "available"}, set(PEOPLE)),
            ({"availability_status": "BUSY"}, set()),
            ({"search": "cardiology", "min_rating": 4}, {"lena"}),
            ({"search": "zurich", "specialization": "Dermatology"}, {"amina"}),
        ],
    )
    def test_narrow(self, find, parameters, found):
        assert set(find(**parameters)) == found

    @pytest.mark.parametrize(
        ("ordering", "order"),
        [
            (None, ["jose", "li", "lena", "aylin", "amina"]),
            ("-rating", ["jose", "li", "lena", "aylin", "amina"]),
            ("rating_avg", ["amina", "aylin", "lena", "li", "jose"]),
            ("-experience", ["li", "lena", "aylin", "jose", "amina"]),
            ("experience_years", ["amina", "jose", "aylin", "lena", "li"]),
            ("fee", ["amina", "jose", "lena", "aylin", "li"]),
            ("-consultation_fee", ["li", "aylin", "lena", "jose", "amina"]),
        ],
    )
    def test_order(self, find, ordering, order):
        assert find(**({"ordering": ordering} if ordering else {})) == order

    def test_an_order_that_is_asked_for_beats_likeness(self, find):
        assert find(search="cardiology", ordering="experience") == ["aylin", "lena"]

    @pytest.mark.parametrize(
        ("parameter", "value"),
        [
            ("ordering", "name"),
            ("ordering", "phone"),
            ("ordering", "rating,fee"),
            ("min_rating", "6"),
            ("min_fee", "-1"),
            ("max_experience", "many"),
            ("min_rating", "NaN"),
            ("hospital", "x"),
            ("availability_status", "maybe"),
            ("phone", "+15550109999"),
            ("user__phone", "1"),
        ],
    )
    def test_bad_ones_name_themselves(self, directory, anonymous, parameter, value):
        answer = anonymous.get("/api/v1/doctors/", {parameter: value})
        assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (400, f"?{parameter}")


class TestBesideTheList:
    def test_specializations_are_counted_whatever_their_case(self, directory, anonymous):
        Doctor.objects.filter(pk=directory["li"].pk).update(specialization="CARDIOLOGY")
        rows = anonymous.get("/api/v1/doctors/specializations/").json()
        assert {row["specialization"].lower(): row["count"] for row in rows} == {
            "cardiology": 3,
            "dermatology": 1,
            "neurology": 1,
        }
        assert rows[0]["count"] == 3

    def test_specializations_are_counted_once_a_minute(self, directory, anonymous, django_assert_num_queries):
        before = anonymous.get("/api/v1/doctors/specializations/").json()
        Doctor.objects.update(specialization="Surgery")
        with django_assert_num_queries(0):
            assert anonymous.get("/api/v1/doctors/specializations/").json() == before
        cache.clear()
        assert [row["count"] for row in anonymous.get("/api/v1/doctors/specializations/").json()] == [5]

    def test_specializations_are_counted_without_a_cache_too(self, directory, anonymous):
        away = {"default": {**settings.CACHES["default"], "LOCATION": "redis://127.0.0.1:1/0"}}
        with override_settings(CACHES=away):
            assert len(anonymous.get("/api/v1/doctors/specializations/").json()) == 4

    def test_doctors_for_a_disease_treat_it_or_are_specialized_in_it(self, directory):
        assert [doctor.pk for doctor in doctors_for_disease("MIGRAINE")] == [directory["jose"].pk]
        assert [doctor.pk for doctor in doctors_for_disease("cardiology")] == [
            directory["lena"].pk,
            directory["aylin"].pk,
        ]
        assert doctors_for_disease("plague") == []

    def test_recommending_asks_and_answers_the_same_by_both_ways(self, directory, anonymous):
        by_query = anonymous.get("/api/v1/doctors/recommend/?disease=eczema").json()
        by_body = anonymous.post("/api/v1/doctors/recommend/", {"disease": "eczema"}, "json").json()
        assert by_query == by_body
        assert (by_query["count"], by_query["doctors"][0]["name"]) == (1, "Amina Rahman")

    def test_a_question_may_be_asked_again_under_its_key(self, directory, client_of):
        client, body = client_of(directory["lena"].user), {"disease": "eczema"}
        asked = partial(client.post, "/api/v1/doctors/recommend/", body, "json", headers={"Idempotency-Key": "k1"})
        assert [asked().status_code for _ in range(2)] == [200, 200]

    @pytest.mark.parametrize("query", ["", "?disease=", "?disease=x", "?disease=eczema&limit=1"])
    def test_recommending_for_nothing_is_400(self, db, anonymous, query):
        assert anonymous.get(f"/api/v1/doctors/recommend/{query}").status_code == 400


class TestHospitals:
    @pytest.mark.parametrize("term", ["riverside", "Rivreside", "zurich", "river"])
    def test_are_found_misspelt_and_without_accents(self, directory, client_of, term):
        make_hospital("Hillside")
        client = client_of(directory["lena"].user)
        rows = client.get("/api/v1/hospitals/", {"search": term}).json()["results"]
        assert [row["name"] for row in rows] == ["Riverside"]
        assert len(client.get("/api/v1/hospitals/?city=zurich").json()["results"]) == 1
