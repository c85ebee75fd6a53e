"""Every write of appointments, by subject."""
