"""Every write of patients, by subject."""
