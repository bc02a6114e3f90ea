"""What is logged and how: one line an event, for people at a terminal, as JSON in production."""

from __future__ import annotations

import logging
import re
from collections.abc import MutableMapping
from typing import Any

import structlog

# What must not stand in a log, whoever wrote the line: addresses, numbers of phones, keys and passwords.
_HIDDEN = (
    (re.compile(r"[\w.+-]+@([\w-]+\.)+[\w-]{2,}"), "[address]"),
    (re.compile(r"(?<![\w.:-])(\+\d{8,15}|1[3-9]\d{9})(?![\w.:-])"), "[phone]"),
    (re.compile(r"(?i)\b(bearer|basic)\s+[\w.~+/=-]{8,}"), r"\1 [hidden]"),
    (re.compile(r"(?i)\b([\w-]*(?:password|passwd|secret|token|api_?key|authorization)[\w-]*)([\"']?\s*[=:]\s*)[\"']?[^\s\"',;&]+"), r"\1\2[hidden]"),
    (re.compile(r"://[^/\s:@]*:[^/\s@]+@"), "://[hidden]@"),
    (re.compile(r"/(reset/key|confirm)/[^\s/]+"), r"/\1/…"),
)  # fmt: skip


def hide(text: str) -> str:
    for pattern, instead in _HIDDEN:
        text = pattern.sub(instead, text)
    return text


def _hide_all(value: Any) -> Any:
    if isinstance(value, str):
        return hide(value)
    if isinstance(value, dict):
        return {key: _hide_all(inner) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [_hide_all(inner) for inner in value]
    return value


def without_secrets(_logger: Any, _name: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """The last look at a line before it is written, exceptions and other people's messages included."""
    return {key: _hide_all(value) for key, value in event.items()}


class PathAsShown(logging.Filter):
    """Django names the whole path of what it could not answer; ours names what is no secret."""

    def filter(self, record: logging.LogRecord) -> bool:
        from config.requests import shown_path

        request = getattr(record, "request", None)
        if request is not None and isinstance(record.args, tuple):
            whole = {request.path, request.get_full_path()}
            record.args = tuple(shown_path(request) if part in whole else part for part in record.args)
        return True


def logging_config(*, as_json: bool) -> dict[str, Any]:
    """Set up structlog and return Django's LOGGING; both kinds of logger come out alike, on standard error."""
    before: list[Any] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.stdlib.ExtraAdder(allow=["status_code"]),
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]
    if as_json:
        last: list[Any] = [
            # Without the frames' variables: they hold what people typed.
            structlog.processors.ExceptionRenderer(
                structlog.tracebacks.ExceptionDictTransformer(show_locals=False)
            ),
            without_secrets,
            structlog.processors.JSONRenderer(ensure_ascii=False),
        ]
    else:
        plain = structlog.dev.plain_traceback
        last = [
            structlog.processors.format_exc_info,
            without_secrets,
            structlog.dev.ConsoleRenderer(colors=False, pad_event_to=0, exception_formatter=plain),
        ]
    structlog.configure(
        processors=[
            structlog.stdlib.filter_by_level,
            *before,
            structlog.processors.StackInfoRenderer(),
            structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=True,
    )
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {
            "line": {
                "()": structlog.stdlib.ProcessorFormatter,
                "foreign_pre_chain": before,
                "processors": [structlog.stdlib.ProcessorFormatter.remove_processors_meta, *last],
            }
        },
        "filters": {"path": {"()": PathAsShown}},
        "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "line", "filters": ["path"]}},
        "root": {"handlers": ["stderr"], "level": "INFO"},
        "loggers": {
            # Django's own handlers would mail errors to ADMINS, of whom there are none.
            "django": {"handlers": [], "level": "INFO", "propagate": True},
            # Each request has a line of its own; only what broke needs another.
            "django.request": {"level": "ERROR"},
            # Every task received and done is two lines a second; failures are what matters.
            "celery.worker.strategy": {"level": "WARNING"},
            "celery.app.trace": {"level": "WARNING"},
            "mail.log": {"level": "WARNING"},  # the demo's mail server tells every command
        },
    }
