"""The settings of the benchmarks with a password hash that costs nothing: what is left is the sign-in itself."""

from benchmarks.settings import *  # noqa: F403

PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
