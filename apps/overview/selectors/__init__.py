"""What looks across the house: answers made of many apps' rows."""
