"""Tools for tests that no app owns."""
