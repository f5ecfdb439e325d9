"""Logs: one line per happening, as text for a person at a terminal and as JSON for everything else.

In:    the level and the form from the settings
Out:   the standard library's logging and structlog, both writing the same lines to standard error
Touch: standard error
"""

import logging.config
import sys
from typing import Any

import structlog
from structlog.dev import plain_traceback


def described(*, level: str, form: str) -> dict[str, Any]:
    """What logging's dictConfig is to be told; Django keeps it as LOGGING."""
    is_text = form == "text" or (form == "auto" and sys.stderr.isatty())
    # Plain tracebacks: the richer kinds print local variables, and passwords are among those.
    last: list[Any] = (
        [structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty(), exception_formatter=plain_traceback)]
        if is_text
        else [structlog.processors.format_exc_info, structlog.processors.JSONRenderer()]
    )
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {
            "line": {
                "()": structlog.stdlib.ProcessorFormatter,
                "foreign_pre_chain": _shared(is_text=is_text),
                "processors": [structlog.stdlib.ProcessorFormatter.remove_processors_meta, *last],
            }
        },
        "handlers": {"error": {"class": "logging.StreamHandler", "formatter": "line"}},
        "root": {"level": level.upper(), "handlers": ["error"]},
        # Each request, each mail and each job is already told once by us.
        "loggers": {
            "django.request": {"level": "ERROR"},
            "mail.log": {"level": "WARNING"},
            "procrastinate": {"level": "DEBUG" if level == "debug" else "WARNING"},
            # A conflict ends a pipeline early; whoever ran it knows and tries again.
            "psycopg": {"level": "ERROR"},
        },
    }


def configure(chosen: dict[str, Any]) -> None:
    """Set up logging for this process; Django calls it at the start (LOGGING_CONFIG)."""
    structlog.configure(
        processors=[
            structlog.stdlib.filter_by_level,
            *chosen["formatters"]["line"]["foreign_pre_chain"],
            structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=True,
    )
    logging.config.dictConfig(chosen)


def _shared(*, is_text: bool) -> list[Any]:
    """What happens to a line before it gets its form."""
    return [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_logger_name,
        structlog.stdlib.add_log_level,
        structlog.stdlib.PositionalArgumentsFormatter(),
        structlog.processors.TimeStamper(fmt="%H:%M:%S" if is_text else "iso", utc=not is_text),
        structlog.processors.StackInfoRenderer(),
    ]
