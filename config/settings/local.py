"""Development: the embedded services that `make run` started, and secrets that production refuses."""

import os

import structlog

from apps.core.launcher.state import running_urls
from config.settings.base import *  # noqa: F403
from config.settings.base import BASE_DIR, caches, database, env
from config.settings.logging import logging_settings

_URLS = {**running_urls(BASE_DIR), **os.environ}
# Commands that need no database (schema, checks) run without one; the first query of the others says so.
_NO_DATABASE = "postgres://nobody@127.0.0.1:1/start-it-with-make-run"

DEBUG = env.bool("DEBUG", default=True)
ENVIRONMENT = "local"
ALLOWED_HOSTS = env.list("ALLOWED_HOSTS", default=["localhost", "127.0.0.1", "[::1]"])

DATABASES = {"default": database(_URLS.get("DATABASE_URL", _NO_DATABASE))}
REDIS_URL = _URLS.get("REDIS_URL", "redis://127.0.0.1:1/0")
CACHES = caches(REDIS_URL)
CELERY_BROKER_URL = REDIS_URL
vars().update(env.email_url_config(_URLS.get("EMAIL_URL", "consolemail://")))
SITE_URL = _URLS.get("SITE_URL", "http://127.0.0.1:8000")
STREAM_URL = _URLS.get("STREAM_URL", "http://127.0.0.1:8001")

# Known to everyone who reads this file: apps.core.checks refuses each of them in production.
SECRET_KEY = env("SECRET_KEY", default="development-only-secret-key-that-production-refuses-to-start-with")
SIGNING_KEYS = env("SIGNING_KEYS", default="dev:ZGV2ZWxvcG1lbnQtb25seS1zaWduaW5nLWtleS0wMDE=")
MASTER_KEYS = env("MASTER_KEYS", default="dev:ZGV2ZWxvcG1lbnQtb25seS1tYXN0ZXIta2V5LTAwMDE=")
CODE_PEPPER = env("CODE_PEPPER", default="development-only-pepper")

LOGGING = logging_settings(structlog.dev.ConsoleRenderer(colors=False))
