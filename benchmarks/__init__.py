"""What the house costs, measured against the least that it could cost (`make bench`, `make bench-full`)."""
