"""Settings that hold everywhere. What differs stands in local.py, test.py and production.py."""

from datetime import timedelta
from pathlib import Path

import environ
from django.utils.translation import gettext_lazy as _

from config.settings.admin import UNFOLD  # noqa: F401 - a setting
from config.settings.confidential import CONFIDENTIAL_COLUMNS
from config.settings.logging import LOGGING  # noqa: F401 - a setting
from config.settings.schema import SPECTACULAR_SETTINGS  # noqa: F401 - a setting

BASE_DIR = Path(__file__).resolve().parent.parent.parent

env = environ.Env()

# --- The application ---------------------------------------------------------------------------

INSTALLED_APPS = [
    "unfold",
    "unfold.contrib.filters",
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.messages",
    "django.contrib.postgres",
    "django.contrib.sessions",
    "django.contrib.staticfiles",
    "corsheaders",
    "django_filters",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "rest_framework",
    "apps.core",
    "apps.accounts",
    "apps.notifications",
    "apps.hospitals",
    "apps.patients",
    "apps.appointments",
    "apps.articles",
    "apps.recommendations",
    "apps.records",
    "apps.reminders",
    "apps.overview",
]

MIDDLEWARE = [
    "apps.core.http.middleware.RequestContextMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "corsheaders.middleware.CorsMiddleware",
    "apps.core.http.middleware.TrailingSlashMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "apps.accounts.admin_site.AdminSessionMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "apps.core.http.middleware.ContentSecurityPolicyMiddleware",
]

ROOT_URLCONF = "config.urls"
WSGI_APPLICATION = "config.wsgi.application"
ASGI_APPLICATION = "config.asgi.application"
APPEND_SLASH = False  # The slash is completed inside the request; a redirect would lose a POST body.

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "config" / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ],
        },
    },
]

AUTH_USER_MODEL = "accounts.User"
LOGIN_REDIRECT_URL = "admin:index"  # The only pages that one signs in to.
AUTHENTICATION_BACKENDS = ["apps.accounts.backends.RightsBackend"]
PASSWORD_HASHERS = ["django.contrib.auth.hashers.Argon2PasswordHasher"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 10}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.NumericPasswordValidator"},
]

LANGUAGE_CODE = "en"
LANGUAGES = [("en", _("English"))]
LOCALE_PATHS = [BASE_DIR / "config" / "locale"]
TIME_ZONE = "UTC"
FORMAT_MODULE_PATH = "config.formats"
USE_TZ = True

STATIC_URL = "/static/"
STATIC_ROOT = BASE_DIR / ".local" / "static"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

CONFIDENTIAL: dict[str, tuple[str, ...]] = CONFIDENTIAL_COLUMNS  # By model; what no administrator sees.

# --- Services this process talks to --------------------------------------------------------------


def database(url: str) -> dict[str, object]:
    """Return Django's settings for one PostgreSQL URL, with a persistent, checked connection.

    A connection per request costs 6 to 17 times the request itself (benchmarks); the health
    check, a look at the connection, is what lets a process survive a database restart.
    """
    given = environ.Env.db_url_config(url)
    return {
        **given,
        "ENGINE": "apps.core.postgresql",
        "CONN_MAX_AGE": None,
        "CONN_HEALTH_CHECKS": True,
        # Lets the questions of core.prepared be prepared at the server; what Django asks itself never is.
        "OPTIONS": {"connect_timeout": 5, "prepare_threshold": 5, **given.get("OPTIONS", {})},
    }


def caches(redis_url: str) -> dict[str, object]:
    """Return the cache settings for one Redis or Valkey URL; short timeouts, because no answer waits for a cache."""
    return {
        "default": {
            "BACKEND": "django.core.cache.backends.redis.RedisCache",
            "LOCATION": redis_url,
            "KEY_PREFIX": "careloop",
            "OPTIONS": {"socket_timeout": 0.2, "socket_connect_timeout": 0.2},
        }
    }


CELERY_TIMEZONE = "UTC"
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_SERIALIZER = "json"
CELERY_ACCEPT_CONTENT = ["json"]
CELERY_TASK_ACKS_LATE = True
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
CELERY_WORKER_REDIRECT_STDOUTS = False
CELERY_TASK_DEFAULT_QUEUE = env("CELERY_QUEUE", default="careloop")

DEFAULT_FROM_EMAIL = env("DEFAULT_FROM_EMAIL", default="CareLoop <no-reply@careloop.example>")
EMAIL_TIMEOUT = 10
SMS_URL = env("SMS_URL", default="")  # The gateway of text messages; empty: none are sent.
SMS_SENDER = env("SMS_SENDER", default="CareLoop")
SMS_CALLBACK_SECRET = env("SMS_CALLBACK_SECRET", default="")  # Signs the gateway's reports; its own secret when empty.
SMS_TIMEOUT = 10

# --- The API ---------------------------------------------------------------------------------------

REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": ["apps.hospitals.authentication.SessionTokenAuthentication"],
    "DEFAULT_PERMISSION_CLASSES": ["apps.accounts.permissions.IsSignedIn"],
    "DEFAULT_PARSER_CLASSES": ["apps.core.http.parsers.GuardedJSONParser"],
    "DEFAULT_RENDERER_CLASSES": ["apps.core.http.renderers.OrjsonRenderer"],
    "DEFAULT_CONTENT_NEGOTIATION_CLASS": "apps.core.http.renderers.AlwaysJSON",
    "DEFAULT_PAGINATION_CLASS": "apps.core.http.pagination.KeysetPagination",
    "DEFAULT_FILTER_BACKENDS": ["apps.core.http.filters.StrictFilterBackend"],
    "DEFAULT_SCHEMA_CLASS": "apps.core.http.schema.CareLoopAutoSchema",
    "DEFAULT_THROTTLE_CLASSES": ["apps.core.http.throttles.ScopedThrottle"],
    "DEFAULT_THROTTLE_RATES": {
        "auth": env("THROTTLE_AUTH", default="60/min"),
        "refresh": env("THROTTLE_REFRESH", default="600/min"),
        "write": env("THROTTLE_WRITE", default="300/min"),
        "upload": env("THROTTLE_UPLOAD", default="60/min"),
        "stream": env("THROTTLE_STREAM", default="30/min"),
        "report": env("THROTTLE_REPORT", default="6000/min"),
        "calendar": env("THROTTLE_CALENDAR", default="60/min"),
        "advice": env("THROTTLE_ADVICE", default="1200/min"),
    },
    "EXCEPTION_HANDLER": "apps.core.http.problems.problem_response",
    "NUM_PROXIES": env.int("NUM_PROXIES", default=0),
    "PAGE_SIZE": 20,
    "UNAUTHENTICATED_USER": "django.contrib.auth.models.AnonymousUser",
}

CORS_ALLOWED_ORIGINS = [origin.strip() for origin in env.list("CORS_ALLOWED_ORIGINS", default=[])]
CORS_URLS_REGEX = r"^/api/.*$"
CORS_ALLOW_HEADERS = ["accept", "authorization", "content-type", "idempotency-key", "if-match", "if-none-match"]
CORS_EXPOSE_HEADERS = ["content-disposition", "etag", "idempotent-replayed", "location", "retry-after", "x-request-id"]

# --- Sessions and secrets ---------------------------------------------------------------------------

SIMPLE_JWT = {
    "ALGORITHM": "HS256",
    "ISSUER": "careloop",
    "AUDIENCE": "careloop-api",
    "ACCESS_TOKEN_LIFETIME": timedelta(minutes=env.int("ACCESS_TOKEN_MINUTES", default=15)),
    "REFRESH_TOKEN_LIFETIME": timedelta(days=env.int("REFRESH_TOKEN_DAYS", default=7)),
    "USER_ID_CLAIM": "sub",
}
# Roles that must have a second factor; production asks it of those who see many people's data.
SECOND_FACTOR_ROLES = [role.strip() for role in env.list("SECOND_FACTOR_ROLES", default=[])]
BOOTSTRAP_TOKEN = env("BOOTSTRAP_TOKEN", default="")  # Makes the first administrator, once; empty: nobody can.
FRONTEND_URL = env("FRONTEND_URL", default="")  # Where links in e-mails lead; SITE_URL when empty.
RSA_KEY_BITS = env.int("RSA_KEY_BITS", default=3072)
CONSENT_VERSION = env("CONSENT_VERSION", default="2026-11")
SCHEMA_IS_PUBLIC = env.bool("SCHEMA_IS_PUBLIC", default=True)
METRICS_TOKEN = env("METRICS_TOKEN", default="")

# --- Files ------------------------------------------------------------------------------------------------


def private_store(folder: Path) -> dict[str, object]:
    """Return where private files lie: in a bucket of an S3-shaped service when one is named, else in a folder.

    Nothing is ever served from there: downloads go through the API, so links are signed for nobody.
    """
    bucket = env("S3_BUCKET", default="")
    if not bucket:
        options = {"location": str(folder), "file_permissions_mode": 0o600, "directory_permissions_mode": 0o700}
        return {"BACKEND": "apps.core.storage.DurableStorage", "OPTIONS": options}
    return {
        "BACKEND": "storages.backends.s3.S3Storage",
        "OPTIONS": {
            "bucket_name": bucket,
            "endpoint_url": env("S3_ENDPOINT_URL", default="") or None,
            "region_name": env("S3_REGION", default="") or None,
            "access_key": env("S3_ACCESS_KEY", default="") or None,
            "secret_key": env("S3_SECRET_KEY", default="") or None,
            "location": env("S3_PREFIX", default=""),
            "default_acl": None,
            "file_overwrite": False,
            "querystring_auth": True,
        },
    }


STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.InMemoryStorage"},  # Nothing is kept there.
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
    "private": private_store(BASE_DIR / env("PRIVATE_FILES_DIR", default=".local/files")),
}
UPLOAD_MAX_MEGABYTES = env.int("UPLOAD_MAX_MEGABYTES", default=10)
UPLOAD_MAX_FILES = env.int("UPLOAD_MAX_FILES", default=10)  # A record.
UPLOAD_MAX_MEGAPIXELS = env.int("UPLOAD_MAX_MEGAPIXELS", default=40)
UPLOAD_QUOTA_MEGABYTES = env.int("UPLOAD_QUOTA_MEGABYTES", default=1000)  # A patient.
CLAMD_ADDRESS = env("CLAMD_ADDRESS", default="")  # unix:/run/clamd.sock or tcp://host:3310; empty: nothing scans.
CLAMD_TIMEOUT_SECONDS = env.float("CLAMD_TIMEOUT_SECONDS", default=20.0)
FONT_DIR = env("FONT_DIR", default="")  # Typefaces of more scripts, for what is printed.

# --- Rules that an operator may turn ------------------------------------------------------------------

PHONE_REGION = env("PHONE_REGION", default="US")  # Where a phone number without a country code is at home.
APPOINTMENT_RELATIONSHIP_DAYS = env.int("APPOINTMENT_RELATIONSHIP_DAYS", default=30)
DOSE_NAG_MINUTES = env.int("DOSE_NAG_MINUTES", default=60)
DOSE_ESCALATE_AFTER = env.int("DOSE_ESCALATE_AFTER", default=3)  # Unanswered nags until a caregiver is told; 0: never.
DOSE_LATE_MINUTES = env.int("DOSE_LATE_MINUTES", default=120)  # A first reminder later than this is told once, as late.
CHECK_IN_UNDO_MINUTES = env.int("CHECK_IN_UNDO_MINUTES", default=15)
DOSE_EXTENSION_LIMIT = env.float("DOSE_EXTENSION_LIMIT", default=1.0)  # Doses added, as a share of those promised.
RECOMMENDATIONS_PER_HOUR = env.int("RECOMMENDATIONS_PER_HOUR", default=10)  # And login.
ML_SERVICE_URL = env("ML_SERVICE_URL", default="")  # An external model that names diseases; empty: the built-in one.
# A language model of the OpenAI shape, by its address or by the key of a known provider; without one, rules do all.
LLM_BASE_URL = env("LLM_BASE_URL", default="")
LLM_API_KEY = env("LLM_API_KEY", default="")
LLM_MODEL = env("LLM_MODEL", default="")
GROQ_API_KEY = env("GROQ_API_KEY", default="")
GEMINI_API_KEY = env("GEMINI_API_KEY", default="")
# Threads of a web process. One is fastest; where programs outside may keep two busy, a third answers the rest.
WEB_THREADS = env.int(
    "WEB_THREADS", default=3 if LLM_BASE_URL or GROQ_API_KEY or GEMINI_API_KEY or ML_SERVICE_URL else 1
)
LLM_SECONDS = env.float("LLM_SECONDS", default=25.0)  # In all, from the first byte sent to the last one read.
DELIVERY_LEASE_SECONDS = env.int("DELIVERY_LEASE_SECONDS", default=60)
DELIVERY_MAX_ATTEMPTS = env.int("DELIVERY_MAX_ATTEMPTS", default=12)
SITE_URL = env("SITE_URL", default="http://127.0.0.1:8000")
STREAM_URL = env("STREAM_URL", default="http://127.0.0.1:8001")
