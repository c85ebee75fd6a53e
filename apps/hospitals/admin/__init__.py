"""Hospitals and doctors, for administrators: what waits for a decision first."""

from apps.hospitals.admin import doctors, places

__all__ = ["doctors", "places"]
