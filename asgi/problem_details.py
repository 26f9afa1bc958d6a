"""Problem details, as RFC 9457 has them: how an endpoint for programs says what went wrong."""

import logging
from collections.abc import Mapping, Sequence
from http import HTTPStatus
from typing import Any

import orjson
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.responses import Response

from asgi.refusal import RequestRefused, for_log, refusal_response
from messages.errors import Unavailable, Unstorable

log = logging.getLogger(__name__)

MEDIA_TYPE = "application/problem+json"

RETRY_SECONDS = 1
"""When to come again after a 503: what is away is mostly back within seconds."""

TYPES = "/docs/problems#"
"""Where each code is explained; the code follows."""

CODES = {
    400: "bad_request",
    401: "unauthorized",
    403: "forbidden",
    404: "not_found",
    405: "method_not_allowed",
    408: "request_timeout",
    413: "content_too_large",
    415: "unsupported_media_type",
    421: "misdirected",
    429: "rate_limited",
}
"""The code of a status that has no nearer reason. Written out, for the standard phrases differ between Pythons."""


class Problem(Exception):
    """
    A request is answered with a problem.

    Args:
        status: of the answer, >= 400.
        code: a stable name of the problem, for programs.
        detail: one sentence for the caller, in English; never SQL, a stack or a secret.
        headers: of the answer.
        errors: `pointer`, `code` and `detail` of each wrong value.
    """

    def __init__(
        self,
        status: int,
        code: str,
        detail: str,
        *,
        headers: Mapping[str, str] | None = None,
        errors: Sequence[Mapping[str, Any]] = (),
    ) -> None:
        super().__init__(detail)
        self.status = status
        self.code = code
        self.detail = detail
        self.headers = dict(headers or {})
        self.errors = tuple(errors)


class Wording:
    """How problems are said; an application with other languages than English overrides it."""

    def title(self, request: Request, problem: Problem) -> str:
        """Return what kind of problem it is, the same for each of its code."""
        return HTTPStatus(problem.status).phrase

    def detail(self, request: Request, problem: Problem) -> str:
        """Return what is wrong this time."""
        return problem.detail


def use_problem_details(app: FastAPI, wording: Wording | None = None) -> None:
    """Let every error of an application be answered with problem details."""
    app.state.problem_wording = wording or Wording()
    app.add_exception_handler(Problem, _problem)
    app.add_exception_handler(HTTPException, _http)
    app.add_exception_handler(RequestValidationError, _invalid)
    app.add_exception_handler(RequestRefused, _refused)
    app.add_exception_handler(Unavailable, _unavailable)
    app.add_exception_handler(Unstorable, _unstorable)
    app.add_exception_handler(Exception, _bug)


def problem_response(request: Request, problem: Problem) -> Response:
    """Return the answer that a problem is."""
    wording: Wording = request.app.state.problem_wording
    body: dict[str, Any] = {
        "type": f"{TYPES}{problem.code}",
        "title": wording.title(request, problem),
        "status": problem.status,
        "code": problem.code,
        "detail": wording.detail(request, problem),
        # What a caller has sent may be half a character, which JSON cannot hold.
        "instance": request.scope["path"].encode("utf-8", "replace").decode("utf-8", "replace"),
    }
    if (request_id := request.scope.get("state", {}).get("request_id")) is not None:
        body["request_id"] = request_id
    if problem.errors:
        body["errors"] = problem.errors
    return Response(orjson.dumps(body), problem.status, problem.headers, media_type=MEDIA_TYPE)


def _problem(request: Request, error: Exception) -> Response:
    assert isinstance(error, Problem)
    return problem_response(request, error)


def _http(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    code = CODES.get(error.status_code, "bad_request")
    return problem_response(request, Problem(error.status_code, code, str(error.detail), headers=error.headers))


def _invalid(request: Request, error: Exception) -> Response:
    assert isinstance(error, RequestValidationError)
    faults = [
        {"pointer": "/" + "/".join(map(str, fault["loc"])), "code": fault["type"], "detail": for_log(fault["msg"])}
        for fault in error.errors()
    ]
    return problem_response(request, Problem(422, "invalid", "the request has wrong values", errors=faults))


def _refused(request: Request, error: Exception) -> Response:
    assert isinstance(error, RequestRefused)
    bare = refusal_response(error).headers
    headers = {name: bare[name] for name in ("retry-after", "connection") if name in bare}
    return problem_response(
        request, Problem(error.status, CODES.get(error.status, "refused"), str(error), headers=headers)
    )


def _unavailable(request: Request, error: Exception) -> Response:
    log.warning("%s %s: %s", request.method, for_log(request.scope.get("path", "")), for_log(error))
    sentence = "a part that this needs is away; try again in a moment"
    return problem_response(request, Problem(503, "unavailable", sentence, headers={"Retry-After": str(RETRY_SECONDS)}))


def _unstorable(request: Request, error: Exception) -> Response:
    return problem_response(request, Problem(422, "invalid", str(error)))


def _bug(request: Request, error: Exception) -> Response:
    # Starlette raises it again after the answer, and the server logs it with its traceback.
    return problem_response(request, Problem(500, "internal", "something went wrong here; it is in our log"))
