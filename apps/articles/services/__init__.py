"""Writing, moderating and discussing articles."""
