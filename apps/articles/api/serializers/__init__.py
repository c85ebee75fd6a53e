"""What the doors of articles take and answer."""
