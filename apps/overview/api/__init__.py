"""Doors of the overview."""
