"""The cast of tests/conftest.py, for the tests that stand beside the code."""

from tests.conftest import _empty_cache, _own_store, module_world, now, sign_in, store_keys, world

__all__ = ["_empty_cache", "_own_store", "module_world", "now", "sign_in", "store_keys", "world"]
