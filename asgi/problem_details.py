"""Problem details, as RFC 9457 has them: how an endpoint for programs says what went wrong."""

import logging
from http import HTTPStatus
from typing import Any

import orjson
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.responses import Response

from asgi.refusal import RequestRefused, for_log, refusal_response
from messages.errors import Unavailable

log = logging.getLogger(__name__)

MEDIA_TYPE = "application/problem+json"

RETRY_SECONDS = 1
"""When to come again after a 503: what is away is mostly back within seconds."""


def problem(status: int, code: str, detail: str, **more: Any) -> Response:
    """
    Return an answer that says what went wrong.

    Args:
        status: of the answer, >= 400.
        code: a stable name of the problem, for programs.
        detail: one sentence for the caller; never SQL, a stack or a secret.
        more: further members, such as `errors`.
    """
    body = {"type": "about:blank", "title": HTTPStatus(status).phrase, "status": status, "code": code, "detail": detail}
    return Response(orjson.dumps(body | more), status_code=status, media_type=MEDIA_TYPE)


def use_problem_details(app: FastAPI) -> None:
    """Let every error of an application be answered with problem details."""
    app.add_exception_handler(HTTPException, _http)
    app.add_exception_handler(RequestValidationError, _invalid)
    app.add_exception_handler(RequestRefused, _refused)
    app.add_exception_handler(Unavailable, _unavailable)
    app.add_exception_handler(Exception, _bug)


def _http(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    phrase = HTTPStatus(error.status_code).phrase
    answer = problem(error.status_code, phrase.lower().replace(" ", "_"), str(error.detail))
    answer.headers.update(error.headers or {})
    return answer


def _invalid(request: Request, error: Exception) -> Response:
    assert isinstance(error, RequestValidationError)
    faults = [
        {"pointer": "/" + "/".join(map(str, fault["loc"])), "code": fault["type"], "detail": fault["msg"]}
        for fault in error.errors()
    ]
    return problem(422, "invalid", "the request has wrong values", errors=faults)


def _refused(request: Request, error: Exception) -> Response:
    assert isinstance(error, RequestRefused)
    answer = problem(error.status, "refused", str(error))
    bare = refusal_response(error).headers
    answer.headers.update({name: bare[name] for name in ("retry-after", "connection") if name in bare})
    return answer


def _unavailable(request: Request, error: Exception) -> Response:
    log.warning("%s %s: %s", request.method, for_log(request.scope.get("path", "")), for_log(error))
    answer = problem(503, "unavailable", "a part that this needs is away; try again in a moment")
    answer.headers["Retry-After"] = str(RETRY_SECONDS)
    return answer


def _bug(request: Request, error: Exception) -> Response:
    # Starlette raises it again after the answer, and the server logs it with its traceback.
    return problem(500, "internal", "something went wrong here; it is in our log")
