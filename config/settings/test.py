"""Tests: the servers that the test run started for itself, cheap hashing, and nothing else made easier."""

import os
from urllib.parse import urlsplit

from config.settings.base import *  # noqa: F403
from config.settings.base import REST_FRAMEWORK, caches, database, env

DEBUG = False
ENVIRONMENT = "test"
ALLOWED_HOSTS = ["testserver", "localhost", "127.0.0.1"]

DATABASES = {"default": database(env("DATABASE_URL", default="postgres://nobody@127.0.0.1:1/no-test-database"))}
REDIS_URL = env("REDIS_URL", default="redis://127.0.0.1:1/0")
# A cache of its own for each test process: emptying one must not empty another's counters, nor the broker's queue.
_CACHE = 1 + int(os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw")) % 15
CACHES = caches(urlsplit(REDIS_URL)._replace(path=f"/{_CACHE}").geturl())
CELERY_BROKER_URL = REDIS_URL
EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"

SECRET_KEY = "test-only-secret-key-that-production-refuses-to-start-with"  # noqa: S105
SIGNING_KEYS = "test:dGVzdC1vbmx5LXNpZ25pbmcta2V5LTAwMDAwMDAwMDE="
MASTER_KEYS = "test:dGVzdC1vbmx5LW1hc3Rlci1rZXktMDAwMDAwMDAwMDE="
CODE_PEPPER = "test-only-pepper"

PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
RSA_KEY_BITS = 1024  # A 3072-bit pair takes about a second on a small machine; the code path is the same.
REST_FRAMEWORK["DEFAULT_THROTTLE_RATES"] = dict.fromkeys(REST_FRAMEWORK["DEFAULT_THROTTLE_RATES"], "100000/min")
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.InMemoryStorage"},
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
    "private": {"BACKEND": "django.core.files.storage.InMemoryStorage"},
}
WHITENOISE_AUTOREFRESH = True  # Nothing was collected; a test that asks for an asset finds it in its app.
WHITENOISE_USE_FINDERS = True
