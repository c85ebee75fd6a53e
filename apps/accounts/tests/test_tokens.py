"""What a token must be to open anything: a table of forgeries, each of which is a plain 401."""

import base64
import json
import math
from collections.abc import Callable
from datetime import timedelta
from functools import partial
from typing import Any
from uuid import uuid4

import jwt
import pytest
import time_machine
from django.conf import settings
from rest_framework.test import APIClient
from rest_framework_simplejwt.exceptions import TokenError

from apps.accounts import tokens
from apps.accounts.models import Session
from apps.accounts.services.sessions import open_session
from apps.core.crypto import read_key_ring
from tests.world import make_user

KID, SECRET = next(iter(read_key_ring(settings.SIGNING_KEYS).items()))
OTHER_SECRET = b"another secret of thirty-two bytes"
PROBLEM = "application/problem+json"


@pytest.fixture
def session(db, now) -> Session:
    return open_session(user=make_user("amina"), now=now)


@pytest.fixture
def access(session) -> str:
    return tokens.issue_pair(session)["access"]


@pytest.fixture
def refresh(session) -> str:
    return tokens.issue_pair(session)["refresh"]


def read(token: str) -> dict[str, Any]:
    return jwt.decode(token, options={"verify_signature": False})


def forge(
    genuine: str,
    *,
    key: Any = SECRET,
    algorithm: str = "HS256",
    header: dict[str, Any] | None = None,
    without: tuple[str, ...] = (),
    **changes: Any,
) -> str:
    """Return the genuine token with some claims changed, signed as told: by default exactly as the server signs."""
    claims = {name: value for name, value in (read(genuine) | changes).items() if name not in without}
    return jwt.encode(claims, key, algorithm=algorithm, headers={"kid": KID} if header is None else header)


def by_hand(genuine: str, *, header: Any = None, payload: Any = None, signature: str | None = None) -> str:
    """Return the genuine token with whole parts replaced, which no library would write."""
    parts = genuine.split(".")
    for place, content in enumerate((header, payload)):
        if content is not None:
            parts[place] = base64.urlsafe_b64encode(json.dumps(content).encode()).decode().rstrip("=")
    return ".".join([*parts[:2], parts[2] if signature is None else signature])


def sign(payload: object) -> str:
    """Return any JSON as a payload, well signed."""
    return jwt.api_jws.encode(json.dumps(payload).encode(), SECRET, algorithm="HS256", headers={"kid": KID})


def signed(genuine: str, changes: dict[str, Any]) -> str:
    """Return the genuine token with claims that no library would sign."""
    return sign(read(genuine) | changes)


FORGERIES: dict[str, Callable[[str], str]] = {
    "no algorithm": lambda t: forge(t, key=None, algorithm="none"),
    "no algorithm, signature kept": lambda t: by_hand(t, header={"alg": "none", "typ": "JWT", "kid": KID}),
    "no algorithm in capitals": lambda t: by_hand(t, header={"alg": "NONE", "kid": KID}, signature=""),
    "another algorithm": lambda t: forge(t, key=SECRET * 2, algorithm="HS512"),
    "another secret": lambda t: forge(t, key=OTHER_SECRET),
    "a secret of zeros": lambda t: forge(t, key=bytes(32)),
    "no signature": lambda t: by_hand(t, signature=""),
    "a foreign signature": lambda t: by_hand(t, signature=forge(t, sid=str(uuid4())).split(".")[2]),
    "a changed payload": lambda t: by_hand(t, payload=read(t) | {"exp": 4_000_000_000}),
    "no kid": lambda t: forge(t, header={}),
    "an unknown kid": lambda t: forge(t, header={"kid": "older"}),
    "a kid that is a path": lambda t: forge(t, header={"kid": "../../../dev/null"}),
    "a kid that is a list": lambda t: by_hand(t, header={"alg": "HS256", "kid": [KID]}),
    "a kid that is a number": lambda t: by_hand(t, header={"alg": "HS256", "kid": 0}),
    "another audience": lambda t: forge(t, aud="careloop-admin"),
    "no audience to speak of": lambda t: forge(t, aud=[]),
    "another issuer": lambda t: forge(t, iss="somebody"),
    **{f"without {claim}": partial(forge, without=(claim,)) for claim in tokens.REQUIRED_CLAIMS},
    **{f"{claim} is null": partial(signed, changes={claim: None}) for claim in tokens.REQUIRED_CLAIMS},
    "an unknown kind": lambda t: forge(t, token_type="sliding"),
    "expired": lambda t: forge(t, exp=1_700_000_000),
    "expires in words": lambda t: forge(t, exp="never"),
    **{f"expires in 10^{power} seconds": partial(forge, exp=10**power) for power in (12, 18, 30)},
    "expires in an infinity": lambda t: signed(t, {"exp": math.inf}),
    "expires before time began": lambda t: forge(t, exp=-(10**18)),
    "issued tomorrow": lambda t: forge(t, iat=4_000_000_000),
    "valid from tomorrow": lambda t: forge(t, nbf=4_000_000_000),
    "a session that is no id": lambda t: forge(t, sid="1 OR 1=1"),
    "a session that is a number": lambda t: forge(t, sid=7),
    "a session that is a list": lambda t: forge(t, sid=["a"]),
    "a session that never was": lambda t: forge(t, sid=str(uuid4())),
    "an id that is none": lambda t: forge(t, jti="x"),
    "a version in words": lambda t: forge(t, ver="0"),
    "a payload that is a list": lambda t: sign([1]),
    "a payload that is null": lambda t: sign(None),
    "nothing": lambda t: "",
    "dots": lambda t: "..",
    "five parts": lambda t: "a.b.c.d.e",
    "garbage": lambda t: "garbage",
    "garbage in three parts": lambda t: "a.b.c",
    "letters beyond ASCII": lambda t: "é.é.é",
    "a NUL": lambda t: "a\x00.b.c",
    "two tokens": lambda t: f"{t} {t}",
    "cut short": lambda t: t[:-10],
    "huge": lambda t: forge(t, more="x" * 5_000),
    "huge garbage": lambda t: "a" * 1_000_000,
}


# What the door of refreshing refuses as a value before anybody looks at it as a token.
UNREADABLE = {"nothing", "a NUL", "huge", "huge garbage"}


@pytest.mark.parametrize("forgery", FORGERIES)
class TestForgeries:
    def test_no_forgery_is_an_access_token(self, access, forgery):
        answer = APIClient().get("/api/v1/me/", HTTP_AUTHORIZATION=f"Bearer {FORGERIES[forgery](access)}")
        assert (answer.status_code, answer["Content-Type"], answer.json()["code"]) == (401, PROBLEM, "session_over")
        assert answer["WWW-Authenticate"].startswith("Bearer")

    def test_no_forgery_is_a_refresh_token(self, refresh, forgery):
        answer = APIClient().post("/api/v1/auth/refresh/", {"refresh": FORGERIES[forgery](refresh)}, format="json")
        expected = 400 if forgery in UNREADABLE else 401
        assert (answer.status_code, answer["Content-Type"]) == (expected, PROBLEM)
        assert Session.objects.get().ended_at is None


@pytest.mark.parametrize("changes", [{}, {"exp": 4_000_000_000}, {"more": "x"}])
def test_the_forger_of_this_table_can_sign(access, refresh, changes):
    answer = APIClient().get("/api/v1/me/", HTTP_AUTHORIZATION=f"Bearer {forge(access, **changes)}")
    assert answer.status_code == 200
    body = {"refresh": forge(refresh, **changes)}
    assert APIClient().post("/api/v1/auth/refresh/", body, format="json").status_code == 200


def test_an_access_token_refreshes_nothing_and_is_no_theft(access):
    answer = APIClient().post("/api/v1/auth/refresh/", {"refresh": access}, format="json")
    assert (answer.status_code, answer.json()["code"]) == (401, "session_over")
    assert Session.objects.get().ended_at is None


def test_an_access_token_of_another_version_opens_nothing(access):
    assert APIClient().get("/api/v1/me/", HTTP_AUTHORIZATION=f"Bearer {forge(access, ver=1)}").status_code == 401


def test_a_refresh_token_opens_nothing(refresh):
    assert APIClient().get("/api/v1/me/", HTTP_AUTHORIZATION=f"Bearer {refresh}").status_code == 401


@pytest.mark.parametrize("scheme", ["Bearer", "bearer", "BEARER"])
def test_the_scheme_is_read_in_any_case(access, scheme):
    assert APIClient().get("/api/v1/me/", HTTP_AUTHORIZATION=f"{scheme} {access}").status_code == 200


def test_a_token_that_was_good_before_expires_in_time(access):
    minute = timedelta(minutes=1)
    with time_machine.travel(Session.objects.get().created_at, tick=False) as clock:
        token = tokens.issue_pair(Session.objects.get())["access"]
        clock.shift(14 * minute)
        assert APIClient().get("/api/v1/me/", HTTP_AUTHORIZATION=f"Bearer {token}").status_code == 200
        clock.shift(minute)
        assert APIClient().get("/api/v1/me/", HTTP_AUTHORIZATION=f"Bearer {token}").status_code == 401


def test_a_pair_names_its_session_and_nobody(session):
    for kind, token in tokens.issue_pair(session).items():
        claims = read(token)
        assert set(claims) == set(tokens.REQUIRED_CLAIMS)
        assert (claims["token_type"], claims["sub"], claims["sid"]) == (kind, str(session.user_id), str(session.pk))


class TestKeyRing:
    """Signing keys are changed by putting a new one in front; the old one is kept until its tokens have expired."""

    NEW = "new:" + base64.b64encode(OTHER_SECRET).decode()

    def test_the_first_key_signs_and_the_others_still_verify(self, session, access, settings):
        settings.SIGNING_KEYS = f"{self.NEW},{settings.SIGNING_KEYS}"
        assert tokens.read_access(access) == (session.pk, 0)
        renewed = tokens.issue_pair(session)["access"]
        assert jwt.get_unverified_header(renewed)["kid"] == "new"
        assert tokens.read_access(renewed) == (session.pk, 0)

    def test_a_key_that_was_taken_out_verifies_nothing(self, access, settings):
        settings.SIGNING_KEYS = self.NEW
        with pytest.raises(TokenError):
            tokens.read_access(access)
