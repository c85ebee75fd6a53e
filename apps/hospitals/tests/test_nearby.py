"""Hospitals nearby: real distances, right at poles and date line, approved ones only, bad input refused."""

import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from apps.hospitals.models import Hospital
from apps.hospitals.searching import EARTH_KM, Place, boxes_around
from tests.world import make_hospital, make_user

# name: latitude, longitude
PLACES = {
    "Berlin": (52.5200, 13.4050),
    "Potsdam": (52.3906, 13.0645),
    "Hamburg": (53.5511, 9.9937),
    "Suva": (-18.1248, 178.4501),
    "Taveuni": (-16.8000, -179.9700),
    "Rabi": (-16.5000, 179.9800),
    "Alert": (82.5018, -62.3481),
    "Longyearbyen": (78.2232, 15.6267),
}


def kilometres(one: tuple[float, float], other: tuple[float, float]) -> float:
    """Return the great-circle distance by the law of cosines, another formula than the database's."""
    (a, b), (c, d) = (map(math.radians, place) for place in (one, other))
    return EARTH_KM * math.acos(min(1, math.sin(a) * math.sin(c) + math.cos(a) * math.cos(c) * math.cos(b - d)))


@pytest.fixture
def places(db) -> None:
    for name, (latitude, longitude) in PLACES.items():
        hospital = make_hospital(name)
        Hospital.objects.filter(pk=hospital.pk).update(latitude=latitude, longitude=longitude)
    make_hospital("Nowhere")


@pytest.fixture
def ask(db, client_of):
    client = client_of(make_user("amina"))
    return lambda **parameters: client.get("/api/v1/hospitals/nearby/", parameters)


def found(answer) -> dict[str, float]:
    assert answer.status_code == 200, answer.json()
    return {row["name"]: row["distance_km"] for row in answer.json()["results"]}


@pytest.mark.parametrize(
    ("here", "radius", "names"),
    [
        ("Berlin", None, ["Berlin"]),
        ("Berlin", 30, ["Berlin", "Potsdam"]),
        ("Berlin", 300, ["Berlin", "Potsdam", "Hamburg"]),
        ("Taveuni", 100, ["Taveuni", "Rabi"]),
        ("Rabi", 100, ["Rabi", "Taveuni"]),
        ("Rabi", 300, ["Rabi", "Taveuni", "Suva"]),
        ("Berlin", 0, ["Berlin"]),
    ],
)
def test_nearest_first_with_their_distances(places, ask, here, radius, names):
    latitude, longitude = PLACES[here]
    shown = found(ask(lat=latitude, lng=longitude, **({} if radius is None else {"radius_km": radius})))
    assert list(shown) == names
    assert shown == {name: pytest.approx(kilometres(PLACES[here], PLACES[name]), abs=0.01) for name in names}


def test_over_the_pole_every_longitude_is_near(places, ask):
    assert list(found(ask(lat=90, lng=0, radius_km=1000))) == ["Alert"]
    assert list(found(ask(lat=89, lng=117, radius_km=1000))) == ["Alert"]


def test_a_known_distance(places, ask):
    # Berlin to Hamburg: 255 km by every calculator.
    assert found(ask(lat=52.52, lng=13.405, radius_km=300))["Hamburg"] == pytest.approx(255.3, abs=0.3)


def test_exactly_the_radius_is_inside(db, ask):
    hospital = make_hospital("North")
    Hospital.objects.filter(pk=hospital.pk).update(latitude=1, longitude=0)
    degree = math.radians(1) * EARTH_KM
    assert list(found(ask(lat=0, lng=0, radius_km=degree + 1e-6))) == ["North"]
    assert found(ask(lat=0, lng=0, radius_km=degree - 1e-3)) == {}


@pytest.mark.parametrize("status", ["PENDING", "REJECTED", "SUSPENDED"])
def test_only_approved_ones(places, ask, status):
    Hospital.objects.filter(name="Berlin").update(status=status)
    assert list(found(ask(lat=52.52, lng=13.405, radius_km=50))) == ["Potsdam"]


def test_only_approved_ones_for_who_sees_the_others_elsewhere_too(places, office, client_of):
    Hospital.objects.filter(name="Berlin").update(status="PENDING")
    client = client_of(office)
    assert client.get("/api/v1/hospitals/?status=PENDING").json()["results"][0]["name"] == "Berlin"
    assert list(found(client.get("/api/v1/hospitals/nearby/?lat=52.52&lng=13.405&radius_km=50"))) == ["Potsdam"]


def test_pages_join_up(places, ask, client_of):
    client = client_of(make_user("other"))
    seen, url = [], "/api/v1/hospitals/nearby/?lat=52.52&lng=13.405&radius_km=300&page_size=1"
    while url:
        page = client.get(url).json()
        seen += [row["name"] for row in page["results"]]
        url = page["next"]
    assert seen == ["Berlin", "Potsdam", "Hamburg"]


@pytest.mark.parametrize(
    ("parameters", "pointer"),
    [
        ({"lat": 91, "lng": 0}, "?lat"),
        ({"lat": -90.01, "lng": 0}, "?lat"),
        ({"lat": 0, "lng": 180.01}, "?lng"),
        ({"lat": "north", "lng": 0}, "?lat"),
        ({"lat": "NaN", "lng": 0}, "?lat"),
        ({"lat": "Infinity", "lng": 0}, "?lat"),
        ({"lng": 0}, "?lat"),
        ({"lat": 0}, "?lng"),
        ({"lat": 0, "lng": 0, "radius_km": -1}, "?radius_km"),
        ({"lat": 0, "lng": 0, "radius_km": 1001}, "?radius_km"),
        ({"lat": 0, "lng": 0, "radius_km": "far"}, "?radius_km"),
        ({"lat": 0, "lng": 0, "radius": 5}, "?radius"),
    ],
)
def test_bad_input_names_its_parameter(ask, parameters, pointer):
    answer = ask(**parameters)
    assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (400, pointer)


@settings(max_examples=300, deadline=None, derandomize=True)
@given(
    latitude=st.floats(-90, 90),
    longitude=st.floats(-180, 180),
    radius=st.floats(0, 1_000),
    bearing=st.floats(0, 2 * math.pi),
    share=st.floats(0, 1),
)
def test_the_boxes_hold_the_whole_circle(latitude, longitude, radius, bearing, share):
    """Walk from the middle in any direction, up to the radius: whoever stands there lies in a box."""
    up, along, angle = math.radians(latitude), math.radians(longitude), share * radius / EARTH_KM
    there = math.asin(
        max(-1, min(1, math.sin(up) * math.cos(angle) + math.cos(up) * math.sin(angle) * math.cos(bearing)))
    )
    turned = math.atan2(
        math.sin(bearing) * math.sin(angle) * math.cos(up), math.cos(angle) - math.sin(up) * math.sin(there)
    )
    reached_longitude = (math.degrees(along + turned) + 180) % 360 - 180
    reached_latitude = math.degrees(there)
    slack = 1e-6
    assert any(
        west - slack <= reached_longitude <= east + slack and south - slack <= reached_latitude <= north + slack
        for west, south, east, north in boxes_around(Place(latitude, longitude), radius)
    )
