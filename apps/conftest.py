"""The cast of tests/conftest.py, for the tests that stand beside the code."""

from tests.conftest import _empty_cache, now, sign_in, world

__all__ = ["_empty_cache", "now", "sign_in", "world"]
