"""The accounts app: logins, sessions, keys."""

from django.apps import AppConfig


class AccountsConfig(AppConfig):
    """Accounts stand right above the core."""

    name = "apps.accounts"
    verbose_name = "Accounts"
