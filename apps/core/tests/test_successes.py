"""What succeeds in a run is noted, whoever asked; what is refused is not."""

import httpx
from rest_framework.test import APIClient

from apps.core.testing import successes

HEALTH = "GET /api/v1/health/live/"


def test_an_answer_of_2xx_is_noted_and_a_refusal_is_not(db, monkeypatch):
    monkeypatch.setattr(successes, "succeeded", set())
    APIClient().get("/api/v1/me/")
    assert successes.succeeded == set()
    assert HEALTH in successes.never()
    APIClient().get("/api/v1/health/live/")
    assert successes.succeeded == {HEALTH}
    assert HEALTH not in successes.never()


def test_what_succeeds_over_http_is_noted(live_server, monkeypatch):
    monkeypatch.setattr(successes, "succeeded", set())
    assert httpx.get(f"{live_server.url}/api/v1/health/live/").status_code == 200
    assert successes.succeeded == {HEALTH}
