"""The cast of the whole house, here too."""

from tests.conftest import _empty_cache, now, sign_in, world

__all__ = ["_empty_cache", "now", "sign_in", "world"]
