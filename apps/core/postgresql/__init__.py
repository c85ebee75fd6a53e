"""Django's PostgreSQL backend with what a request pays for it cut down; see `base`."""
