"""What the doors of patients take and answer, by subject."""
