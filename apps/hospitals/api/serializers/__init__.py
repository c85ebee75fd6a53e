"""What the doors of hospitals take and answer, by subject."""
