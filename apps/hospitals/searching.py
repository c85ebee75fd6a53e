"""The database's own words for searching and measuring: folding, misspellings, places on the globe."""

import math
import re
from dataclasses import dataclass
from typing import Any

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Func, Q, Value
from django.db.models.functions import ASin, Cos, Least, Power, Radians, Sin, Sqrt

EARTH_KM = 6371.0088  # Mean radius, IUGG.
MOST_WORDS, LONGEST_WORD = 6, 40
SHORTEST_PART = 3  # Letters: a trigram index knows nothing of shorter parts.
WORD = re.compile(r"[^\W_]+")


class Fold(Func):
    """Lower case without accents: made by the migration, immutable so that indexes may use it."""

    function = "careloop_fold"
    arity = 1
    output_field = models.TextField()


class SearchKeys(Func):
    """Each word of a text, and each with one letter left out: two words a slip of the pen apart share a key."""

    function = "careloop_search_keys"
    arity = 1
    output_field = ArrayField(models.TextField())


class Point(Func):
    """A place as PostgreSQL's `point`, longitude first."""

    function = "POINT"
    arity = 2
    output_field = models.TextField()


def text(value: str) -> Value:
    """Return a text as the database's functions take it."""
    return Value(value, output_field=models.TextField())


def folded(value: str) -> Fold:
    """Return a caller's text folded as the columns are."""
    return Fold(text(value))


def likeness(column: str, term: str) -> Func:
    """Return how much a folded column is like the term, from 0 to 1: the share of the groups of three letters."""
    return Func(F(column), folded(term), function="SIMILARITY", output_field=models.FloatField())


def words_of(term: str) -> list[str]:
    """Return the words of what somebody typed, as many as are looked for."""
    return [word[:LONGEST_WORD] for word in WORD.findall(term)[:MOST_WORDS]]


def word_matches(word: str) -> Q:
    """Return "this word occurs in the row": misspelt by a letter or two swapped, or as a part of a longer one."""
    alike = Q(search_keys__overlap=SearchKeys(text(word)))
    return alike | Q(search_text__contains=folded(word)) if len(word) >= SHORTEST_PART else alike


@dataclass(frozen=True, slots=True)
class Place:
    """A place on the globe, in degrees."""

    latitude: float
    longitude: float


def distance_km(here: Place) -> Any:
    """Return the great-circle kilometres from here to a row's coordinates (haversine: exact for short ways too)."""
    up, along = _half(here.latitude, "latitude"), _half(here.longitude, "longitude")
    shrinking = Cos(Radians(_number(here.latitude))) * Cos(Radians(F("latitude")))
    chord = Power(Sin(up), 2.0) + shrinking * Power(Sin(along), 2.0)
    return _number(2 * EARTH_KM) * ASin(Least(_number(1.0), Sqrt(chord)))


def within_box(here: Place, radius_km: float) -> Q:
    """Return "the row lies in a box around here that holds the whole circle", which the index answers."""
    boxes = [_box_holds(west, south, east, north) for west, south, east, north in boxes_around(here, radius_km)]
    return Q(*boxes, _connector=Q.OR)


def boxes_around(here: Place, radius_km: float) -> list[tuple[float, float, float, float]]:
    """Return (west, south, east, north) in degrees: one box, or two where the circle crosses the date line."""
    angle = radius_km / EARTH_KM
    up = math.degrees(angle) + 1e-9
    south, north = here.latitude - up, here.latitude + up
    if south <= -90 or north >= 90:  # A pole lies inside: every longitude does.
        return [(-180.0, max(south, -90.0), 180.0, min(north, 90.0))]
    along = math.degrees(math.asin(min(1.0, math.sin(angle) / math.cos(math.radians(here.latitude))))) + 1e-9
    west, east = here.longitude - along, here.longitude + along
    if west < -180:
        return [(west + 360, south, 180.0, north), (-180.0, south, east, north)]
    if east > 180:
        return [(west, south, 180.0, north), (-180.0, south, east - 360, north)]
    return [(west, south, east, north)]


def _box_holds(west: float, south: float, east: float, north: float) -> Func:
    corners = (Point(_number(west), _number(south)), Point(_number(east), _number(north)))
    box = Func(*corners, function="BOX", output_field=models.TextField())
    place = Point(F("longitude"), F("latitude"))
    return Func(place, box, template="(%(expressions)s)", arg_joiner=" <@ ", output_field=models.BooleanField())


def _half(degrees: float, column: str) -> Any:
    return (Radians(F(column)) - Radians(_number(degrees))) / 2.0


def _number(value: float) -> Value:
    return Value(value, output_field=models.FloatField())
