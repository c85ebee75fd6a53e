"""What the health doors answer."""

from typing import Any

from rest_framework import serializers


class LiveOutput(serializers.Serializer[Any]):
    """The process is up."""

    example = {"status": "ok"}
    status = serializers.CharField()


class HealthOutput(serializers.Serializer[Any]):
    """Each probe by name, and whether all that matters here is well."""

    example = {
        "status": "ok",
        "probes": {
            "broker": {"is_well": True},
            "database": {"is_well": True},
            "dispatch": {"is_well": True, "oldest_due_seconds": 0},
            "migrations": {"is_well": True},
        },
    }
    status = serializers.ChoiceField(choices=["ok", "unwell"])
    probes = serializers.DictField(child=serializers.DictField())
