"""Doors of articles."""
