"""Doors of accounts, by subject."""
