"""A model that is configured, for the tests that ask one."""

import pytest

from apps.recommendations.channels import asking as outside
from apps.recommendations.channels import breaker
from apps.recommendations.llm import asking
from apps.recommendations.tests import fake_model


@pytest.fixture
def model(settings, monkeypatch, tmp_path):
    """A fake model that is configured, with a short deadline, a breaker that knows nothing, and free places."""
    monkeypatch.setattr(asking, "service", outside.Outside("language model"))
    monkeypatch.setattr(breaker.tempfile, "gettempdir", lambda: str(tmp_path))
    with fake_model.running() as fake:
        settings.LLM_BASE_URL, settings.LLM_API_KEY, settings.LLM_MODEL = fake.url, "key", "fake"
        settings.LLM_SECONDS, settings.WEB_THREADS = 0.6, 3
        yield fake
