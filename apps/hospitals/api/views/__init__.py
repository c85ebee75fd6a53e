"""Doors of hospitals, by subject."""
