"""What the doors of notifications take and answer, by subject."""
