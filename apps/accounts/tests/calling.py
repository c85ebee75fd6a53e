"""Calling the doors of accounts as a client does: over HTTP, from an address of the test's choice."""

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

from rest_framework.test import APIClient

from apps.core.testing.proofs import race
from tests.world import PASSWORD

HOME, AWAY = "203.0.113.7", "198.51.100.7"


def call(method: str, path: str, access: str = "", address: str = HOME, forwarded: str = "", **body: Any) -> Any:
    """Call a door; `forwarded` is what stands in X-Forwarded-For. A failure of ours is an answer of 500, as outside."""
    headers = {"authorization": f"Bearer {access}" if access else "", "x-forwarded-for": forwarded}
    client = APIClient(raise_request_exception=False, REMOTE_ADDR=address)
    given = {name: value for name, value in headers.items() if value}
    return getattr(client, method)(f"/api/v1/{path}/", body or None, format="json", headers=given)


post = partial(call, "post")


def login(identifier: str = "amina", password: str = PASSWORD, **more: Any) -> Any:
    return post("auth/login", identifier=identifier, password=password, **more)


def refresh(token: str) -> Any:
    return post("auth/refresh", refresh=token)


def me(access: str) -> int:
    status: int = call("get", "me", access).status_code
    return status


def request_reset(email: str, **more: Any) -> Any:
    return post("auth/password/forgot/reset/request", email=email, **more)


def verify_reset(email: str, code: str, **more: Any) -> Any:
    return post("auth/password/forgot/reset/verify", email=email, otp_code=code, **more)


def outcome(answer: Any) -> int | str:
    """Return what an answer comes to: its status when it is a success, else the code of its problem."""
    return answer.status_code if answer.status_code < 300 else str(answer.json()["code"])


def storm(acts: Sequence[Callable[[], Any]], *, connections: int) -> list[Any]:
    """Run the acts, dealt out to so many connections at once, and return in their order what each returned."""
    hands = race([partial(_play, acts[first::connections]) for first in range(connections)])
    answers: list[Any] = [None] * len(acts)
    for first, hand in enumerate(hands):
        if isinstance(hand, Exception):
            raise hand
        answers[first::connections] = hand
    return answers


def _play(hand: Sequence[Callable[[], Any]]) -> list[Any]:
    return [act() for act in hand]
