"""What a token says, how long it is good, and how the keys that sign it are changed."""

import base64
from datetime import timedelta

import jwt
import pytest
import time_machine
from rest_framework.test import APIClient
from rest_framework_simplejwt.exceptions import TokenError

from apps.accounts import tokens
from apps.accounts.models import Session
from apps.accounts.services.sessions import open_session
from apps.accounts.tests.forging import claims_of
from tests.world import make_user

OTHER_SECRET = b"another secret of thirty-two bytes"


@pytest.fixture
def session(db, now) -> Session:
    return open_session(user=make_user("amina"), now=now)


@pytest.fixture
def access(session) -> str:
    return tokens.issue_pair(session)["access"]


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
        claims = claims_of(token)
        assert set(claims) == set(tokens.REQUIRED_CLAIMS)
        assert (claims["token_type"], claims["sub"], claims["sid"]) == (kind, str(session.user_id), str(session.pk))


class TestKeyRing:
    """Signing keys are changed by putting a new one in front; the old one is kept until its tokens have expired."""

    NEW = "new:" + base64.b64encode(OTHER_SECRET).decode()

    def test_the_first_key_signs_and_the_others_still_verify(self, session, access, settings):
        settings.SIGNING_KEYS = f"{self.NEW},{settings.SIGNING_KEYS}"
        assert tokens.read_access(access) == (session.user_id, session.pk, 0)
        renewed = tokens.issue_pair(session)["access"]
        assert jwt.get_unverified_header(renewed)["kid"] == "new"
        assert tokens.read_access(renewed) == (session.user_id, session.pk, 0)

    def test_a_key_that_was_taken_out_verifies_nothing(self, access, settings):
        settings.SIGNING_KEYS = self.NEW
        with pytest.raises(TokenError):
            tokens.read_access(access)
