"""The accounts app: logins, sessions, keys."""

from django.apps import AppConfig


class AccountsConfig(AppConfig):
    """Accounts stand right above the core."""

    name = "apps.accounts"
    verbose_name = "Accounts"

    def ready(self) -> None:
        """Register what accounts seal."""
        from apps.accounts.models import KeyPair, TotpDevice
        from apps.core.sealing import register_sealed_column

        register_sealed_column(KeyPair, "private_key_sealed", lambda pair: pair.place("private"))
        register_sealed_column(KeyPair, "signing_private_key_sealed", lambda pair: pair.place("signing"))
        register_sealed_column(TotpDevice, "secret_sealed", lambda device: device.place)
