"""Doors of the core."""
