"""Changing the key that signs tokens: two kids for a while, and nobody is signed out before the old one is dropped."""

import base64
import io
import logging

import jwt
import pytest
from django.core.management import call_command
from rest_framework.test import APIClient
from rest_framework_simplejwt.exceptions import TokenError

from apps.accounts import tokens
from apps.accounts.models import Session
from apps.accounts.services.sessions import open_session
from apps.core.crypto import read_key_ring
from tests.world import make_user

OLD = "test"  # The key id of the tests' own ring.


@pytest.fixture
def session(db, now) -> Session:
    return open_session(user=make_user("amina"), now=now)


def rotate(*options: str) -> tuple[str, str]:
    """Run the command; return the ring it prints, and what it says besides."""
    out, err = io.StringIO(), io.StringIO()
    call_command("rotate_signing_key", *options, stdout=out, stderr=err)
    (line,) = out.getvalue().splitlines()
    return line, err.getvalue()


def kid_of(token: str) -> str:
    return str(jwt.get_unverified_header(token)["kid"])


def me(pair: dict[str, str]) -> int:
    """Ask with a token that this process has not seen: it remembers those whose signature it checked."""
    return APIClient().get("/api/v1/me/", HTTP_AUTHORIZATION=f"Bearer {pair['access']}").status_code


def test_a_new_key_is_known_before_it_signs_and_signs_while_the_old_one_still_opens(session, settings):
    before = tokens.issue_pair(session)
    settings.SIGNING_KEYS, _ = rotate()
    old, new = read_key_ring(settings.SIGNING_KEYS)
    assert old == OLD
    assert {kid_of(token) for token in tokens.issue_pair(session).values()} == {OLD}
    settings.SIGNING_KEYS, _ = rotate("--use-new")
    assert list(read_key_ring(settings.SIGNING_KEYS)) == [new, OLD]
    after = tokens.issue_pair(session)
    assert {kid_of(token) for token in after.values()} == {new}
    assert (me(before), me(after)) == (200, 200)
    refreshed = APIClient().post("/api/v1/auth/refresh/", {"refresh": before["refresh"]}, format="json")
    assert (refreshed.status_code, kid_of(refreshed.json()["access"])) == (200, new)


def test_whoever_was_not_restarted_yet_opens_what_the_new_key_signs(session, settings):
    not_restarted, _ = rotate()
    settings.SIGNING_KEYS = not_restarted
    settings.SIGNING_KEYS, _ = rotate("--use-new")
    ahead = tokens.issue_pair(session)
    settings.SIGNING_KEYS = not_restarted
    assert me(ahead) == 200


def test_the_old_key_is_dropped_and_what_it_signed_with_it(session, settings):
    before = tokens.issue_pair(session)
    for step in ((), ("--use-new",)):
        settings.SIGNING_KEYS, _ = rotate(*step)
    after, ring = tokens.issue_pair(session), settings.SIGNING_KEYS
    settings.SIGNING_KEYS, _ = rotate("--drop-old")
    assert ring.partition(",")[0] == settings.SIGNING_KEYS
    assert (me(before), me(after)) == (401, 200)
    for read, kind in ((tokens.read_access, "access"), (tokens.read_refresh, "refresh")):
        with pytest.raises(TokenError):
            read(before[kind])
        assert read(after[kind])


def test_each_key_is_new_and_strong():
    fresh = [list(read_key_ring(rotate()[0]).values())[1] for _ in range(3)]
    assert len(set(fresh)) == 3
    assert {len(key) for key in fresh} == {48}


@pytest.mark.parametrize("written", [" {} ", ",{}", "{},", " , {} , "])
@pytest.mark.parametrize("options", [(), ("--use-new",), ("--drop-old",)])
def test_a_ring_with_spaces_or_empty_entries_keeps_its_key(settings, written, options):
    present = settings.SIGNING_KEYS
    settings.SIGNING_KEYS = written.format(present)
    assert rotate(*options)[0].split(",")[0] == present


@pytest.mark.parametrize("options", [(), ("--use-new",), ("--drop-old",)])
def test_keys_are_told_on_standard_output_alone(settings, caplog, options):
    caplog.set_level(logging.DEBUG)
    settings.SIGNING_KEYS = f"k2:{base64.b64encode(b'2' * 32).decode()},{settings.SIGNING_KEYS}"
    ring, said = rotate(*options)
    assert "SIGNING_KEYS" in said
    for entry in f"{ring},{settings.SIGNING_KEYS}".split(","):
        assert entry.partition(":")[2] not in said + caplog.text
