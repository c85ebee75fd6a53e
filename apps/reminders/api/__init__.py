"""Doors of plans and reminders."""
