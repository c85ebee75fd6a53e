"""Forged tokens and tokens that were good once: each is a plain 401, at a door that reads and at one that acts."""

import base64
import math
from collections.abc import Callable
from itertools import product
from typing import Any
from uuid import uuid4

import pytest
from cryptography.hazmat.primitives.serialization import Encoding
from django.conf import settings
from rest_framework.test import APIClient

from apps.accounts import tokens
from apps.accounts.models import Session
from apps.accounts.services.sessions import open_session
from apps.accounts.tests.forging import (
    GONE,
    KID,
    SECRET,
    Forgery,
    claims_of,
    eddsa,
    es256,
    forging,
    mac,
    mac_of_own_public_key,
    rs256,
    unsigned,
    write,
)
from tests.world import make_user

PROBLEM = "application/problem+json"
OTHER_KID, OTHER_SECRET, REMOVED = (
    "older",
    b"the older secret of thirty-two bytes",
    b"a removed secret of thirty-two bytes",
)
HEADER = {"alg": "HS256", "typ": "JWT", "kid": KID}
EVIL_KEYS = "https://evil.example/keys.json"
EVIL_JWK = {"kty": "oct", "k": base64.urlsafe_b64encode(OTHER_SECRET).decode()}


@pytest.fixture
def session(db, now) -> Session:
    return open_session(user=make_user("amina"), now=now)


@pytest.fixture(autouse=True)
def _two_keys(settings) -> None:
    """Let the ring hold an older key too, as it does after a change of keys."""
    settings.SIGNING_KEYS += f",{OTHER_KID}:{base64.b64encode(OTHER_SECRET).decode()}"


def with_part(place: int, change: Callable[[str], str]) -> Forgery:
    """Return what changes one of a token's three parts and leaves the others, as no library would."""

    def forge(genuine: str) -> str:
        parts = genuine.split(".")
        parts[place] = change(parts[place])
        return ".".join(parts)

    return forge


def keeping_the_signature(**claims: Any) -> Forgery:
    forge = forging(**claims)
    return lambda genuine: ".".join([*forge(genuine).split(".")[:2], genuine.split(".")[2]])


SPELLINGS = sorted("".join(letters) for letters in product(*zip("none", "NONE", strict=True)))
ALGORITHMS: dict[str, Forgery] = {
    **{f"algorithm {word}": forging(header={"alg": word}, signer=unsigned) for word in SPELLINGS},
    "algorithm none, well signed": forging(header={"alg": "none"}),
    "no algorithm": forging(header={"alg": GONE}),
    "algorithm null": forging(header={"alg": None}),
    "algorithm in a list": forging(header={"alg": ["HS256"]}),
    "algorithm in small letters": forging(header={"alg": "hs256"}),
    "HS384": forging(header={"alg": "HS384"}, signer=mac(SECRET, "sha384")),
    "HS512": forging(header={"alg": "HS512"}, signer=mac(SECRET, "sha512")),
    "RS256": forging(header={"alg": "RS256"}, signer=rs256),
    "ES256": forging(header={"alg": "ES256"}, signer=es256),
    "EdDSA": forging(header={"alg": "EdDSA"}, signer=eddsa),
    "RS256, signed as HS256": forging(header={"alg": "RS256"}),
    "HS256, signed as RS256": forging(signer=rs256),
    "a public key in PEM as the secret": forging(signer=mac_of_own_public_key(Encoding.PEM)),
    "a public key in DER as the secret": forging(signer=mac_of_own_public_key(Encoding.DER)),
}
SIGNATURES: dict[str, Forgery] = {
    "no signature": forging(signer=unsigned),
    "a signature of zeros": forging(signer=lambda text: bytes(32)),
    "half a signature": forging(signer=lambda text: mac(SECRET)(text)[:16]),
    "a foreign signature": with_part(2, lambda _: write(HEADER, {"sub": "amina"}).split(".")[2]),
    "an empty secret": forging(signer=mac(b"")),
    "a secret of zeros": forging(signer=mac(bytes(32))),
    "the secret in base 64": forging(signer=mac(base64.b64encode(SECRET))),
    "SECRET_KEY": forging(signer=mac(settings.SECRET_KEY.encode())),
    "CODE_PEPPER": forging(signer=mac(settings.CODE_PEPPER.encode())),
    "a changed payload": keeping_the_signature(exp=4_000_000_000),
    "a session that somebody else has": keeping_the_signature(sid="01900000-0000-7000-8000-00000000beef"),
    "cut short": lambda t: t[:-10],
}
KEYS: dict[str, Forgery] = {
    "no kid": forging(header={"kid": GONE}),
    "an unknown kid": forging(header={"kid": "oldest"}),
    "a removed kid": forging(header={"kid": "removed"}, signer=mac(REMOVED)),
    "a kid whose key is another": forging(header={"kid": OTHER_KID}),
    "a key whose kid is another": forging(signer=mac(OTHER_SECRET)),
    **{
        f"kid {kid!r:.40}": forging(header={"kid": kid})
        for kid in (
            *("", " ", KID.upper(), f" {KID}", f"{KID}\x00", "../../../../dev/null", "file:///dev/null"),
            *("' OR 1=1 --", "x' UNION SELECT 'secret' --", "x" * 1_000, [KID], {"kid": KID}, 0, 1.5, None, True),
        )
    },
    "jku": forging(header={"alg": "RS256", "jku": EVIL_KEYS}, signer=rs256),
    "x5u": forging(header={"alg": "RS256", "x5u": EVIL_KEYS}, signer=rs256),
    "x5c": forging(header={"alg": "RS256", "x5c": ["MIIB"]}, signer=rs256),
    "jwk": forging(header={"jwk": EVIL_JWK, "kid": GONE}, signer=mac(OTHER_SECRET)),
    "jku beside our kid": forging(header={"jku": EVIL_KEYS}, signer=mac(OTHER_SECRET)),
    "jwk beside our kid": forging(header={"jwk": EVIL_JWK}, signer=mac(OTHER_SECRET)),
    "a critical extension": forging(header={"crit": ["exp"], "exp": 1}),
    "a critical extension that is missing": forging(header={"crit": ["b64"]}),
    "a payload that is not encoded": forging(header={"crit": ["b64"], "b64": False}),
    "a header that is a list": lambda t: write([HEADER], claims_of(t)),
    "a header that is null": lambda t: write(None, claims_of(t)),
}
# Signed with the right key: what it takes to fail is a claim.
CLAIMS: dict[str, Forgery] = {
    **{f"without {claim}": forging(**{claim: GONE}) for claim in tokens.REQUIRED_CLAIMS},
    **{f"{claim} null": forging(**{claim: None}) for claim in tokens.REQUIRED_CLAIMS},
    **{f"{claim} in a list": forging(**{claim: ["a"]}) for claim in tokens.REQUIRED_CLAIMS if claim != "aud"},
    "no claims": lambda t: write(HEADER, {}),
    "claims in a list": lambda t: write(HEADER, [claims_of(t)]),
    "claims that are null": lambda t: write(HEADER, None),
    "another audience": forging(aud="careloop-admin"),
    "a longer audience": forging(aud="careloop-api2"),
    "an empty list of audiences": forging(aud=[]),
    "a list of other audiences": forging(aud=["careloop-admin", "careloop"]),
    "another issuer": forging(iss="somebody"),
    "a kind that does not exist": forging(token_type="sliding"),
    "expired": forging(exp=1_700_000_000),
    "expired before time began": forging(exp=-1),
    "expired long before": forging(exp=-(10**18)),
    "expires in words": forging(exp="never"),
    "expires in digits in words": forging(exp="4000000000"),
    "expires in a fraction": forging(exp=4_000_000_000.5),
    "expires truly": forging(exp=True),
    **{f"expires in 10^{power} seconds": forging(exp=10**power) for power in (12, 18, 30, 300)},
    "expires in an infinity": forging(exp=math.inf),
    "expires at no number": forging(exp=math.nan),
    "issued tomorrow": forging(iat=4_000_000_000),
    "issued in words": forging(iat="yesterday"),
    "issued in a fraction": forging(iat=1.5),
    "valid from tomorrow": forging(nbf=4_000_000_000),
    "valid from no number": forging(nbf=math.nan),
    "a random session": forging(sid=str(uuid4())),
    "a session of zeros": forging(sid="00000000-0000-0000-0000-000000000000"),
    "a session in SQL": forging(sid="1 OR 1=1"),
    "a session that is a number": forging(sid=7),
    "an id that is none": forging(jti="x"),
    "a login that is a number": forging(sub=1),
    "a version in words": forging(ver="0"),
    "a version that is false": forging(ver=False),
    "a version that is true": forging(ver=True),
    "a version in a fraction": forging(ver=0.0),
}
SHAPES: dict[str, Forgery] = {
    "nothing": lambda t: "",
    "a dot": lambda t: ".",
    "two dots": lambda t: "..",
    "three dots": lambda t: "...",
    "one part": lambda t: t.split(".")[0],
    "two parts": lambda t: t.rpartition(".")[0],
    "four parts": lambda t: f"{t}.{t.split('.')[2]}",
    "five parts": lambda t: "a.b.c.d.e",
    "garbage": lambda t: "garbage",
    "garbage in three parts": lambda t: "a.b.c",
    "letters beyond ASCII": lambda t: "é.é.é",
    "letters beyond ASCII inside": with_part(1, lambda part: f"{part}é"),
    "a NUL": with_part(1, lambda part: f"{part}\x00"),
    "padding": with_part(1, lambda part: f"{part}=="),
    "two tokens": lambda t: f"{t} {t}",
    "two tokens in a list": lambda t: f"{t},{t}",
    "quoted": lambda t: f'"{t}"',
    "8 kB of claims": forging(more="x" * 8_192),
    "a megabyte": lambda t: "a" * 1_000_000,
}
FORGERIES = ALGORITHMS | SIGNATURES | KEYS | CLAIMS | SHAPES

# What the door of refreshing refuses as a value before anybody looks at it as a token.
UNREADABLE = {"nothing", "a NUL", "8 kB of claims", "a megabyte"}


def calls(credentials: str) -> list[Any]:
    """Call a door that reads and one that acts with these credentials."""
    client = APIClient(raise_request_exception=False, HTTP_AUTHORIZATION=credentials)
    return [client.get("/api/v1/me/"), client.post("/api/v1/auth/logout/", {}, format="json")]


def refreshing(token: str) -> Any:
    client = APIClient(raise_request_exception=False)
    return client.post("/api/v1/auth/refresh/", {"refresh": token}, format="json")


def assert_refused(answer: Any, *codes: str) -> None:
    assert (answer.status_code, answer["Content-Type"], answer.json()["status"]) == (401, PROBLEM, 401)
    assert answer.json()["code"] in codes
    assert answer["WWW-Authenticate"].startswith("Bearer")


@pytest.mark.parametrize("forgery", FORGERIES)
def test_is_refused_at_every_door_and_ends_nobodys_session(session, forgery):
    pair = tokens.issue_pair(session)
    for answer in calls(f"Bearer {FORGERIES[forgery](pair['access'])}"):
        assert_refused(answer, "session_over")
    answer = refreshing(FORGERIES[forgery](pair["refresh"]))
    if forgery in UNREADABLE:
        assert (answer.status_code, answer["Content-Type"]) == (400, PROBLEM)
    else:
        assert_refused(answer, "session_over")
    assert Session.objects.get().ended_at is None


@pytest.mark.parametrize("version", [1, -1, 10**30], ids=["later", "negative", "huge"])
def test_another_token_version_opens_nothing(session, version):
    for answer in calls(f"Bearer {forging(ver=version)(tokens.issue_pair(session)['access'])}"):
        assert_refused(answer, "session_over")


@pytest.mark.parametrize(
    "forgery",
    [
        forging(),
        forging(exp=4_000_000_000),
        forging(aud=["careloop-api", "another"]),
        forging(more="x", header={"typ": "at+jwt"}),
        forging(header={"kid": OTHER_KID}, signer=mac(OTHER_SECRET)),
    ],
    ids=["as it was", "expiring later", "with one more audience", "with more claims", "with the older key"],
)
def test_the_forger_of_these_tables_can_sign(session, forgery):
    pair = tokens.issue_pair(session)
    assert refreshing(forgery(pair["refresh"])).status_code == 200
    assert [answer.status_code for answer in calls(f"Bearer {forgery(pair['access'])}")] == [200, 204]


class TestTheOtherKind:
    def test_a_refresh_token_opens_nothing(self, session):
        for answer in calls(f"Bearer {tokens.issue_pair(session)['refresh']}"):
            assert_refused(answer, "session_over")

    def test_an_access_token_refreshes_nothing_and_is_no_theft(self, session):
        assert_refused(refreshing(tokens.issue_pair(session)["access"]), "session_over")
        assert Session.objects.get().ended_at is None

    def test_renaming_its_kind_needs_the_key(self, session):
        pair = tokens.issue_pair(session)
        renamed = keeping_the_signature(token_type="access")(pair["refresh"])
        answers = calls(f"Bearer {renamed}")
        answers.append(refreshing(keeping_the_signature(token_type="refresh")(pair["access"])))
        for answer in answers:
            assert_refused(answer, "session_over")


@pytest.mark.parametrize(
    "credentials",
    [
        *(
            "Bearer",
            "Bearer ",
            "Bearer: {}",
            "Bearer\t{}",
            "Bearer,{}",
            "Bearer={}",
            "Bearer Bearer {}",
            "Bearer token={}",
        ),
        *("{}", "JWT {}", "Token {}", "Basic {}", "Digest {}", "Beareré {}", "\x00 {}", "Bearer {}, Basic YTpi"),
    ],
)
def test_written_otherwise_a_good_token_opens_nothing(session, credentials):
    for answer in calls(credentials.format(tokens.issue_pair(session)["access"])):
        assert_refused(answer, "session_over", "not_signed_in")


@pytest.mark.parametrize("credentials", ["Bearer {}", "bearer {}", "BEARER {}", "Bearer  {} "])
def test_written_in_any_case_it_does(session, credentials):
    access = tokens.issue_pair(session)["access"]
    assert [answer.status_code for answer in calls(credentials.format(access))] == [200, 204]
