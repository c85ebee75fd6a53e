"""The settings of production with the known secrets of the tests: what only tests want is taken back."""

from config.settings import base
from config.settings.test import *  # noqa: F403

PASSWORD_HASHERS = base.PASSWORD_HASHERS
RSA_KEY_BITS = base.RSA_KEY_BITS
ALLOWED_HOSTS = ["localhost"]
vars().update(STATIC_ROOT=None)  # Nothing was collected.
WHITENOISE_AUTOREFRESH = False  # It would look for a file on the disk on every request.
WHITENOISE_USE_FINDERS = False
EMAIL_BACKEND = "django.core.mail.backends.dummy.EmailBackend"  # The tests' own keeps every message in memory.
