"""A pytest plugin: which operations succeeded in a run. A run of all tests names those that never did.

The permission table shows who is refused; that each door can be entered at all has to be shown, too, and not every
good request fits a table: one-time codes, files, tickets.
"""

from collections.abc import Iterator
from functools import cache
from typing import Any
from unittest import mock

import pytest
from django.core.handlers.base import BaseHandler

from apps.core.testing.contract import ROOT, Contract, readable

KEPT = "succeeded"  # What a process of the run tells the one that prints.
EVERYTHING = {"", "proof or not proof"}
succeeded: set[str] = set()


@pytest.fixture(scope="session", autouse=True)
def _noted() -> Iterator[None]:
    """Note what answers 2xx, whether to a test's client or over HTTP to a live server of this process."""
    original = BaseHandler.get_response

    def get_response(self: BaseHandler, request: Any) -> Any:
        method = request.method  # Another name of a door may change it on the way.
        response = original(self, request)
        match = getattr(request, "resolver_match", None)
        if match is not None and 200 <= response.status_code < 300:
            succeeded.add(f"{method} {readable(match.route)}")
        return response

    with mock.patch.object(BaseHandler, "get_response", get_response):
        yield


@cache
def promised() -> frozenset[str]:
    """Return the operations that `openapi.yaml` promises a success of; what is always refused is not among them."""
    paths = Contract.read(ROOT / "openapi.yaml").document["paths"]
    return frozenset(
        f"{method.upper()} {path}"
        for path, methods in paths.items()
        for method, operation in methods.items()
        if any(status.startswith("2") for status in operation.get("responses", ()))
    )


def never() -> list[str]:
    """Return the operations that did not succeed in this run."""
    return sorted(promised() - succeeded)


def _runs_everything(config: pytest.Config) -> bool:
    chosen = config.option
    is_whole = config.args_source is not pytest.Config.ArgsSource.ARGS and chosen.markexpr in EVERYTHING
    return is_whole and not (chosen.keyword or chosen.collectonly or getattr(chosen, "lf", False))


@pytest.hookimpl(trylast=True)
def pytest_sessionfinish(session: pytest.Session) -> None:
    """Tell the process that prints."""
    output = getattr(session.config, "workeroutput", None)
    if output is not None:
        output[KEPT] = sorted(succeeded)


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node: Any, error: object) -> None:
    """Take what a process of the run has noted."""
    succeeded.update(getattr(node, "workeroutput", {}).get(KEPT, ()))


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Name what never succeeded in a run of everything."""
    if _runs_everything(terminalreporter.config):
        for operation in never():
            terminalreporter.write_line(f"never answered 2xx in this run: {operation}", red=True)
