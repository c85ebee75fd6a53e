"""Views of the clinical record, by subject."""
