"""Where a service is called from, a log to read back, and a box into which letters really come."""

from collections.abc import Callable, Iterator

import pytest

from apps.core.context import CallContext, enter_call
from apps.core.testing.smtp import smtp_server
from apps.core.tests.conftest import log
from tests.journeys import LetterBox

__all__ = ["log"]


@pytest.fixture
def box(settings) -> Iterator[LetterBox]:
    """The mail server to which Django's own SMTP backend talks, and a worker that brings the letters there."""
    with smtp_server() as server:
        for name, value in server.settings.items():
            setattr(settings, name, value)
        yield LetterBox(server)


@pytest.fixture
def call_from() -> Iterator[Callable[[str | None], None]]:
    """Call the services that follow from an address, as a door would; afterwards nobody calls."""
    yield lambda address: enter_call(CallContext(address=address))
    enter_call(CallContext())
