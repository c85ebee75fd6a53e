"""Who is calling from where, for the length of one request or job: read by the audit log and the budgets."""

from contextvars import ContextVar
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class CallContext:
    """Where the present call comes from. `trace_id` is what a person quotes to support."""

    trace_id: str = ""
    address: str | None = None
    agent: str = ""


_current: ContextVar[CallContext] = ContextVar("call_context", default=CallContext())  # noqa: B039 - frozen


def current_call() -> CallContext:
    """Return the context of the present request; an empty one outside of requests."""
    return _current.get()


def enter_call(call: CallContext) -> None:
    """Make `call` the context of everything that follows in this thread or task."""
    _current.set(call)
