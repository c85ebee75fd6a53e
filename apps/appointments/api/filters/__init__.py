"""Query parameters of appointments, by subject."""
