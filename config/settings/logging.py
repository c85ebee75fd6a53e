"""Structured logs: one JSON line per event in production, readable lines at home, never a body, a name or a token."""

import sys
import traceback
from typing import Any

import structlog

MOST_FRAMES = 12


def name_failure(logger: Any, method: str, event: dict[str, Any]) -> dict[str, Any]:
    """Return the event with its exception as a type and frames, without its message: PostgreSQL's holds whole rows."""
    failure = event.pop("exc_info", None)
    if failure is True:
        failure = sys.exc_info()[1]
    elif isinstance(failure, tuple):
        failure = failure[1]
    if isinstance(failure, BaseException):
        frames = traceback.extract_tb(failure.__traceback__)[-MOST_FRAMES:]
        event["failure"] = f"{type(failure).__module__}.{type(failure).__qualname__}"
        event["frames"] = [f"{frame.filename}:{frame.lineno} {frame.name}" for frame in frames]
    return event


SHARED_PROCESSORS: list[Any] = [
    structlog.contextvars.merge_contextvars,
    structlog.stdlib.add_logger_name,
    structlog.stdlib.add_log_level,
    structlog.stdlib.ExtraAdder(),
    structlog.processors.TimeStamper(fmt="iso", utc=True),
    structlog.stdlib.PositionalArgumentsFormatter(),
]


def logging_settings(renderer: Any, level: str = "INFO") -> dict[str, Any]:
    """Return Django's LOGGING with every line rendered by `renderer`, structlog's and the standard library's alike."""
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {
            "structured": {
                "()": structlog.stdlib.ProcessorFormatter,
                "foreign_pre_chain": SHARED_PROCESSORS,
                "processors": [
                    structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                    name_failure,
                    renderer,
                ],
            }
        },
        "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "structured"}},
        "root": {"handlers": ["stderr"], "level": level},
        "loggers": {
            # Django's request logger repeats every 4xx with its path; ours has one line per request.
            "django.request": {"level": "CRITICAL"},
            "django.security.DisallowedHost": {"level": "CRITICAL"},
            "httpx": {"level": "WARNING"},  # It logs whole addresses, with ids and search words in them.
        },
    }


LOGGING = logging_settings(structlog.processors.JSONRenderer())

structlog.configure(
    processors=[
        structlog.stdlib.filter_by_level,
        *SHARED_PROCESSORS,
        structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
    ],
    logger_factory=structlog.stdlib.LoggerFactory(),
    cache_logger_on_first_use=True,
)
