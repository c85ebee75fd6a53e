"""Every write of plans and doses, by subject."""
