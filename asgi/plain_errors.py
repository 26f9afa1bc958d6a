"""Errors of what stands around an application, said as problem details too, so that programs read one kind of error."""

from fastapi import FastAPI
from starlette.datastructures import Headers
from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from asgi.problem_details import CODES, Problem, problem_response


class PlainErrors:
    """
    ASGI middleware that answers problem details where a layer below has answered an error in plain text.

    Limits of bodies and of names of hosts are kept by such layers, before any handler of errors.

    Args:
        app: gets the requests.
        worded_by: the application whose wording of problems counts.
    """

    def __init__(self, app: ASGIApp, *, worded_by: FastAPI) -> None:
        self._app = app
        self._worded_by = worded_by

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on, and replace a plain error by a problem."""
        is_replaced = False

        async def send_or_replace(message: Message) -> None:
            nonlocal is_replaced
            if message["type"] == "http.response.start" and _is_plain_error(message):
                is_replaced = True
                request = Request({**scope, "app": self._worded_by})
                code = CODES.get(message["status"], "bad_request")
                problem = Problem(message["status"], code, "the request was refused before it was read")
                await problem_response(request, problem)(scope, receive, send)
            elif not is_replaced:
                await send(message)

        await self._app(scope, receive, send_or_replace if scope["type"] == "http" else send)


def _is_plain_error(message: Message) -> bool:
    return message["status"] >= 400 and Headers(raw=message["headers"]).get("content-type", "").startswith("text/plain")
