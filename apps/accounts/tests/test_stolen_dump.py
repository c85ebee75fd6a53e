"""A dump of the database, even with every other secret of the environment, opens no key and no second factor."""

import base64
import hashlib
from collections.abc import Iterator

import pytest
from cryptography.hazmat.primitives import serialization
from django.utils import timezone

from apps.accounts.models import KeyPair, TotpDevice
from apps.accounts.services.keys import receiver_of, signing_key_of
from apps.accounts.services.second_factor import new_recovery_codes
from apps.core import crypto
from apps.core.sealing import sealed_columns
from tests.dumps import dump_of
from tests.programs import database_url
from tests.sealed import Stock, rows_in, unreadable
from tests.world import PASSWORD

RAW, DER, PKCS8 = serialization.Encoding.Raw, serialization.Encoding.DER, serialization.PrivateFormat.PKCS8


def forms_of(secret: bytes) -> Iterator[bytes]:
    """Yield how the bytes may stand in a dump: as they are, in hexadecimal, in base 64 and base 32."""
    yield secret
    yield secret.hex().encode()
    yield base64.b32encode(secret).rstrip(b"=")
    yield from (base64.b64encode(b"x" * shift + secret)[4:-4] for shift in range(3))


def stands_in(secret: bytes, dump: bytes) -> bool:
    return any(form in dump for form in forms_of(secret))


def private_parts() -> Iterator[bytes]:
    """Yield everything private that is sealed: both halves of each key pair, and the secrets of second factors."""
    for pair in KeyPair.objects.all():
        numbers = receiver_of(pair).key.private_numbers()
        yield receiver_of(pair).key.private_bytes(DER, PKCS8, serialization.NoEncryption())
        yield from (prime.to_bytes(128, "big") for prime in (numbers.p, numbers.q))
        yield signing_key_of(pair)
    for device in TotpDevice.objects.all():
        yield crypto.unseal(device.secret_sealed, place=device.place)


@pytest.mark.django_db(transaction=True)
class TestDump:
    def test_holds_nothing_private_in_any_form(self, settings):
        stock = Stock(timezone.now(), plans=1)
        told = [code.encode() for code in new_recovery_codes(actor=stock.care.manager)]
        rings = [entry.partition(":")[2] for entry in (settings.MASTER_KEYS, settings.SIGNING_KEYS)]
        secrets = [*private_parts(), *told, *map(base64.b64decode, rings)]
        secrets += [word.encode() for word in (PASSWORD, settings.SECRET_KEY, settings.CODE_PEPPER)]
        dump = dump_of(database_url())
        assert len(secrets) > 20
        assert [secret for secret in secrets if stands_in(secret, dump)] == []
        for public in KeyPair.objects.values_list("public_key", flat=True):  # So that finding nothing means something.
            assert stands_in(bytes(public), dump)


@pytest.mark.django_db
class TestOtherSecrets:
    @pytest.mark.parametrize("name", ["SECRET_KEY", "CODE_PEPPER", "SIGNING_KEYS"])
    def test_of_the_environment_open_nothing_that_is_sealed(self, now, settings, name):
        Stock(now, plans=1)
        everything = {f"{column.name} {row.pk}" for column in sealed_columns() for row in rows_in(column)}
        assert unreadable() == []
        kid, secret = settings.MASTER_KEYS.partition(":")[0], getattr(settings, name).rpartition(":")[2]
        guesses = [secret.encode(), hashlib.sha256(secret.encode()).digest()]
        guesses += [base64.b64decode(secret)] if name == "SIGNING_KEYS" else []
        for guess in guesses:
            settings.MASTER_KEYS = f"{kid}:{base64.b64encode(guess.ljust(32, b'.')).decode()}"
            assert set(unreadable()) == everything
