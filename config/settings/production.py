"""Production: everything comes from the environment, and what is missing or a default stops the start by name."""

from config.settings.base import *  # noqa: F403
from config.settings.base import caches, database, env
from config.settings.secrets import refuse_unsafe_settings

DEBUG = env.bool("DEBUG", default=False)
ENVIRONMENT = "production"
ALLOWED_HOSTS = [host.strip() for host in env.list("ALLOWED_HOSTS", default=[])]

SECRET_KEY = env("SECRET_KEY", default="")
SIGNING_KEYS = env("SIGNING_KEYS", default="")
MASTER_KEYS = env("MASTER_KEYS", default="")
CODE_PEPPER = env("CODE_PEPPER", default="")
DATABASE_URL = env("DATABASE_URL", default="")
REDIS_URL = env("REDIS_URL", default="")
EMAIL_URL = env("EMAIL_URL", default="")
SITE_URL = env("SITE_URL", default="")
STREAM_URL = env("STREAM_URL", default="")
SECOND_FACTOR_ROLES = [role.strip() for role in env.list("SECOND_FACTOR_ROLES", default=["ADMIN", "HOSPITAL"])]

refuse_unsafe_settings(globals())

DATABASES = {"default": database(DATABASE_URL)}
CACHES = caches(REDIS_URL)
CELERY_BROKER_URL = REDIS_URL
vars().update(env.email_url_config(EMAIL_URL))

SCHEMA_IS_PUBLIC = env.bool("SCHEMA_IS_PUBLIC", default=False)

SECURE_SSL_REDIRECT = env.bool("SECURE_SSL_REDIRECT", default=True)
SECURE_REDIRECT_EXEMPT = [r"^api/v1/health/", r"^live/$"]  # Probes inside the cluster speak plain HTTP.
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if env.bool("BEHIND_TLS_PROXY", default=True) else None
SECURE_HSTS_SECONDS = env.int("SECURE_HSTS_SECONDS", default=31_536_000)
SECURE_HSTS_INCLUDE_SUBDOMAINS = True
SECURE_HSTS_PRELOAD = True
SESSION_COOKIE_SECURE = True
CSRF_COOKIE_SECURE = True
CSRF_TRUSTED_ORIGINS = [SITE_URL]

STORAGES["staticfiles"] = {"BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"}
