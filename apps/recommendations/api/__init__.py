"""Doors of advice."""
