"""Doors of advice, by subject."""
