"""Structured logs: colour on a terminal, JSON lines otherwise; never a secret, never a message's text."""

from __future__ import annotations

import logging
import re
import secrets
import sys
import tempfile
import traceback
from collections.abc import MutableMapping
from pathlib import Path
from typing import Any

import structlog

# Slack tokens, Telegram tokens (also inside URLs), passwords in database URLs.
SECRET = re.compile(r"xox[a-z]-[\w-]+|xapp-[\w-]+|\d{6,}:[\w-]{30,}|(?<=://)[^/\s:@]*:[^/\s@]+(?=@)")


def redact(_logger: object, _method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """Blot out anything that looks like a credential, in every field."""
    for key, value in event.items():
        if isinstance(value, str):
            event[key] = SECRET.sub("•••", value)
    return event


def _to_standard_error(*_: object) -> Any:
    return structlog.PrintLogger(sys.stderr)


# Until a process sets its logs up: what a command prints on standard output is for whoever reads it.
structlog.configure(
    processors=[
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.format_exc_info,
        redact,
        structlog.processors.JSONRenderer(),
    ],
    wrapper_class=structlog.make_filtering_bound_logger(logging.WARNING),
    logger_factory=_to_standard_error,
)


def set_up(level: str = "info") -> None:
    """Send our logs, and the libraries' warnings, to standard error."""
    tty = sys.stderr.isatty()
    shared: list[Any] = [
        structlog.contextvars.merge_contextvars,
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.StackInfoRenderer(),
        structlog.processors.format_exc_info,
        redact,
    ]
    renderer = structlog.dev.ConsoleRenderer() if tty else structlog.processors.JSONRenderer()
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        wrapper_class=structlog.make_filtering_bound_logger(logging.getLevelName(level.upper())),
        logger_factory=structlog.stdlib.LoggerFactory(),
        cache_logger_on_first_use=True,
    )
    handler = logging.StreamHandler()
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, renderer],
        )
    )
    root = logging.getLogger()
    root.handlers = [handler]
    root.setLevel(level.upper())
    # httpx logs the bot token in its URL at INFO.
    for noisy in ("httpx", "httpcore", "telegram", "slack_bolt", "slack_sdk", "dramatiq", "uvicorn", "alembic"):
        logging.getLogger(noisy).setLevel("WARNING")


def get(name: str) -> Any:
    """A logger whose events are dotted names with ids."""
    return structlog.get_logger(name)


def keep_bug() -> str:
    """Log the current exception with a reference, and return the reference."""
    reference = secrets.token_hex(4)
    get("tertulia").exception("bug", reference=reference)
    return reference


def file_bug() -> Path:
    """Write the current exception into a file to be sent to us, and return its path."""
    path = Path(tempfile.gettempdir()) / f"tertulia-bug-{secrets.token_hex(4)}.txt"
    path.write_text(SECRET.sub("•••", traceback.format_exc()), encoding="utf-8")
    return path
