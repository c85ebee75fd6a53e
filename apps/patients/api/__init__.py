"""Doors of patients."""
