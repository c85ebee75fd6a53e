"""Every write of notifications, by subject."""
