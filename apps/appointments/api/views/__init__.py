"""The doors of appointments, by subject."""
