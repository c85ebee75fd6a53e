"""Every write of the clinical record, by subject."""
