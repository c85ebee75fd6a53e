"""Doors of patients, by subject."""
