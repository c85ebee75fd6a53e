"""What the doors of appointments take and answer, by subject."""
