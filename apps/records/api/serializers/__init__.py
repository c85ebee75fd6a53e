"""What the doors of the clinical record take and answer, by subject."""
