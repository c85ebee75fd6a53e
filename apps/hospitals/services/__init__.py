"""Every write of hospitals and doctors, by subject."""
