"""Doors of hospitals."""
