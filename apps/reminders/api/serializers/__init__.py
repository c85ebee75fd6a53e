"""What the doors of plans and doses take and answer, by subject."""
