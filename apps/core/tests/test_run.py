"""What `manage.py run` refuses, with words that help. Starting everything is the business of the journey test."""

from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from pytest_django import Settings

from apps.core.launcher import state


@pytest.fixture(autouse=True)
def clone(settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Run in an empty clone."""
    monkeypatch.delenv("PORT", raising=False)
    settings.BASE_DIR = tmp_path
    return tmp_path


def test_a_second_run_says_where_the_first_one_answers(clone: Path) -> None:
    with state.exclusive(clone):
        with pytest.raises(CommandError, match="still starting"):
            call_command("run")
        state.record(clone, {"SITE_URL": "http://127.0.0.1:8123"}, [])
        with pytest.raises(CommandError, match=r"It answers at http://127\.0\.0\.1:8123"):
            call_command("run")
        assert state.running_urls(clone), "the second run destroyed the state of the first"


@pytest.mark.parametrize("port", ["http", "0", "70000", "-1"])
def test_a_port_that_is_none_is_refused_before_anything_starts(
    clone: Path, monkeypatch: pytest.MonkeyPatch, port: str
) -> None:
    monkeypatch.setenv("PORT", port)
    with pytest.raises(CommandError, match="PORT must be a number"):
        call_command("run")
    assert not (clone / ".local" / "postgres").exists()


def test_a_server_that_cannot_start_shows_the_end_of_its_log(clone: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_URL", "postgres://given")
    monkeypatch.setenv("EMAIL_URL", "smtp://given")
    monkeypatch.delenv("REDIS_URL", raising=False)
    monkeypatch.setattr("apps.core.launcher.valkey.Valkey._settings", lambda self: "no-such-setting yes\n")
    with pytest.raises(CommandError, match=r"(?s)Valkey did not start.*no-such-setting"):
        call_command("run")
    assert state.running_urls(clone) == {}
