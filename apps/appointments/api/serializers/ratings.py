"""What the doors of ratings take and answer."""

from typing import Any

from rest_framework import serializers

from apps.appointments.models.ratings import MOST_STARS
from apps.core.http.synonyms import SynonymSerializer


class RateInput(SynonymSerializer):
    """How many stars, in which words, and for whom."""

    example = {"rating": 5, "review": "Listens first.", "patient": "019a9f3c-0000-7000-8000-000000000301"}
    synonyms = {"review_text": "review"}

    rating = serializers.IntegerField(source="stars", min_value=1, max_value=MOST_STARS)
    review = serializers.CharField(max_length=200, required=False, default="", allow_blank=True)
    patient = serializers.UUIDField(required=False, allow_null=True, default=None, help_text="Left out: yourself.")


class ChangeRatingInput(SynonymSerializer):
    """How many stars, and in which words, instead."""

    example = {"rating": 4, "review": "Listens first, and is late."}
    synonyms = {"review_text": "review"}

    rating = serializers.IntegerField(source="stars", min_value=1, max_value=MOST_STARS)
    review = serializers.CharField(max_length=200, required=False, default="", allow_blank=True)


class RatingOutput(serializers.Serializer[Any]):
    """A rating as everybody sees it: by first name only."""

    example = {
        "id": "019a9f3c-0000-7000-8000-000000000551",
        "doctor": "019a9f3c-0000-7000-8000-000000000201",
        "rating": 5,
        "review": "Listens first.",
        "reviewer": "Amina",
        "is_mine": False,
        "created_at": "2026-11-20T09:00:00Z",
    }

    id = serializers.UUIDField()
    doctor = serializers.UUIDField(source="doctor_id")
    rating = serializers.IntegerField(source="stars")
    review = serializers.CharField()
    reviewer = serializers.CharField(source="patient.first_name")
    is_mine = serializers.BooleanField(help_text="Whether the caller may change it.")
    created_at = serializers.DateTimeField()


class StarOutput(serializers.Serializer[Any]):
    """How many gave so many stars."""

    stars = serializers.IntegerField()
    count = serializers.IntegerField()
    percentage = serializers.FloatField(help_text="Of all ratings, to one decimal.")


class BreakdownOutput(serializers.Serializer[Any]):
    """How a doctor is rated, star by star, five first."""

    example = {
        "rating_average": 4.5,
        "rating_count": 2,
        "breakdown": [
            {"stars": 5, "count": 1, "percentage": 50.0},
            {"stars": 4, "count": 1, "percentage": 50.0},
            {"stars": 3, "count": 0, "percentage": 0.0},
            {"stars": 2, "count": 0, "percentage": 0.0},
            {"stars": 1, "count": 0, "percentage": 0.0},
        ],
    }

    rating_average = serializers.FloatField()
    rating_count = serializers.IntegerField()
    breakdown = StarOutput(many=True)
