"""Looking for six digits in all that is kept."""

import base64
import io
from urllib.parse import urlsplit

import redis
from django.conf import settings


def is_in(heap: bytes, code: str) -> bool:
    """Return whether the digits stand there: as they are, in hexadecimal, or in base 64 wherever they begin in it."""
    plain = code.encode()
    shifted = [(skipped, b"." * before + plain) for before, skipped in enumerate((0, 2, 3))]
    in_base64 = [base64.b64encode(text)[skipped : len(text) * 8 // 6] for skipped, text in shifted]
    return any(form in heap for form in (plain, plain.hex().encode(), *in_base64))


def in_valkey() -> bytes:
    """Return what every database of the Valkey server holds: the queue, and the caches."""
    heap = io.BytesIO()
    for number in range(16):
        with redis.Redis.from_url(urlsplit(settings.REDIS_URL)._replace(path=f"/{number}").geturl()) as valkey:
            valkey.config_set("rdbcompression", "no")  # What is compressed is not found.
            heap.writelines(key + b" " + (valkey.dump(key) or b"") + b"\n" for key in valkey.scan_iter())
    return heap.getvalue()
