"""What the doors of advice take and answer, by subject."""
