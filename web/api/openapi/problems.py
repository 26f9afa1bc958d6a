"""Problems in the document: their form, an example of each code, and the answers that many operations share."""

from collections.abc import Mapping, Sequence
from typing import Any

from asgi.problem_details import MEDIA_TYPE, TYPES
from web.api.openapi.parts import headers
from web.api.v1.operation import ALWAYS
from web.api.v1.problems import KINDS

SCHEMAS: Mapping[str, Any] = {
    "Problem": {
        "type": "object",
        "description": "What went wrong, as RFC 9457 has it.",
        "required": ["type", "title", "status", "code", "detail", "instance", "request_id"],
        "properties": {
            "type": {"type": "string", "format": "uri-reference", "description": "Where the code is explained"},
            "title": {"type": "string", "description": "The code in words"},
            "status": {"type": "integer", "minimum": 400, "maximum": 599},
            "code": {"$ref": "#/components/schemas/ProblemCode"},
            "detail": {"type": "string", "description": "What is wrong this time"},
            "instance": {"type": "string", "description": "The path that was asked"},
            "request_id": {"type": "string", "description": "Names the request in our log"},
            "errors": {"type": "array", "items": {"$ref": "#/components/schemas/ProblemError"}},
        },
    },
    "ProblemError": {
        "type": "object",
        "description": "One wrong value of a request.",
        "required": ["pointer", "code", "detail"],
        "properties": {
            "pointer": {"type": "string", "description": "Which value: `/body/…`, `/query/…`, `/path/…`, `/header/…`"},
            "code": {"type": "string", "description": "Which rule it breaks"},
            "detail": {"type": "string"},
        },
    },
    "ProblemCode": {
        "type": "string",
        "description": "A stable name of what went wrong:\n\n"
        + "\n".join(f"* `{code}` ({kind.status}): {kind.sentence}" for code, kind in KINDS.items()),
        "enum": list(KINDS),
    },
}

EXAMPLES: Mapping[str, Any] = {
    code: {
        "summary": kind.sentence,
        "value": {
            "type": f"{TYPES}{code}",
            "title": kind.sentence,
            "status": kind.status,
            "code": code,
            "detail": kind.sentence,
            "instance": "/api/v1/account",
            "request_id": "7b0c4c3e-6a44-4b1e-9d53-3d0f4bb1a2f0",
        },
    }
    for code, kind in KINDS.items()
}

_HEADERS: Mapping[int, tuple[str, ...]] = {
    401: ("X-Request-Id", "WWW-Authenticate"),
    403: ("X-Request-Id",),
    429: ("X-Request-Id", "RateLimit", "RateLimit-Policy", "Retry-After"),
    503: ("X-Request-Id", "RateLimit", "RateLimit-Policy", "Retry-After"),
}


def response_of(codes: Sequence[str]) -> dict[str, Any]:
    """Return the answer of one status: a shared one, or one that lists what an operation may be refused with."""
    if len(codes) == 1 and codes[0] in ALWAYS:
        return {"$ref": f"#/components/responses/{codes[0]}"}
    return _response(codes)


def _response(codes: Sequence[str]) -> dict[str, Any]:
    status = KINDS[codes[0]].status
    return {
        "description": "; ".join(f"`{code}`: {KINDS[code].sentence.rstrip('.')}" for code in codes),
        "headers": headers(*_HEADERS.get(status, ("X-Request-Id", "RateLimit", "RateLimit-Policy"))),
        "content": {
            MEDIA_TYPE: {
                "schema": {"$ref": "#/components/schemas/Problem"},
                "examples": {code: {"$ref": f"#/components/examples/{code}"} for code in codes},
            }
        },
    }


RESPONSES: Mapping[str, Any] = {code: _response([code]) for code in ALWAYS}
"""What any operation may be answered with."""
