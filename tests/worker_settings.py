"""The test settings, but mail goes out by SMTP: for workers that a test starts beside itself."""

from config.settings.test import *  # noqa: F403
from config.settings.test import env

vars().update(env.email_url("EMAIL_URL"))
