"""The reference of the whole API; `python -m web.api.reference` prints it, and docs/openapi.json is that, committed."""

import sys
from typing import Any

import orjson

from store.engine import open_engine
from web.api.app import create_app
from web.api.openapi.document import document
from workers.context import Context

COMMAND = "python -m web.api.reference > docs/openapi.json"


def reference() -> dict[str, Any]:
    """Return the OpenAPI document of an API that is made for this alone and asks nothing of a database."""
    return document(create_app(Context(open_engine("postgresql://nobody@127.0.0.1:1/none"))))


def render() -> bytes:
    """Return the document as JSON."""
    return orjson.dumps(reference(), option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE)


if __name__ == "__main__":
    sys.stdout.buffer.write(render())
