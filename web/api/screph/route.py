"""Errors of Screph's two calls: `{"error": text}` in Russian, whatever went wrong; its program reads nothing else."""

import logging
from collections.abc import Callable, Coroutine
from typing import Any

import orjson
from fastapi.routing import APIRoute
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from asgi.refusal import RequestRefused, for_log, refusal_response
from messages.errors import Unavailable

log = logging.getLogger(__name__)

TEXTS = {
    401: "Вы не вошли: токен не указан, неверен или больше не действует.",
    403: "Этот токен не разрешает такое действие.",
    413: "Запрос слишком велик.",
}
AWAY = "Сервис временно недоступен. Повторите попытку через несколько секунд."
BROKEN = "Внутренняя ошибка сервиса."
WRONG = "Неверный запрос."


class ScrephError(Exception):
    """A call is answered no, with a text for the user."""

    def __init__(self, status: int, text: str) -> None:
        super().__init__(text)
        self.status = status


class ScrephRoute(APIRoute):
    """
    A route whose every error is one that Screph's program can show.

    Its endpoint takes the caller's token and the request, in this order. They are handed over here: what FastAPI does
    for routes of any kind, with forms, models and stacks of what is to be closed, took as long as reading a request.
    """

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """Return the handler, with its errors answered."""
        # The permission is a dependency as everywhere else (tests/web/api/test_permissions.py), and the only one.
        [caller] = self.dependant.dependencies
        ask, answer, path = caller.call, self.endpoint, self.path
        assert ask is not None

        async def handle_all(request: Request) -> Response:
            try:
                response: Response = await answer(await ask(request), request)
            except ScrephError as error:
                return error_answer(error.status, str(error))
            except HTTPException as error:
                return error_answer(error.status_code, TEXTS.get(error.status_code, WRONG), error.headers)
            except RequestRefused as error:
                return error_answer(error.status, TEXTS.get(error.status, WRONG), refusal_response(error).headers)
            except Unavailable as error:
                log.warning("%s: %s", path, for_log(error))
                return error_answer(503, AWAY, {"Retry-After": "1"})
            except Exception:
                log.exception("%s failed", path)
                return error_answer(500, BROKEN)
            return response

        self._answer = handle_all
        return handle_all

    async def handle(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request whose path is this route's."""
        if scope["method"] not in (self.methods or ()):
            # Refused with what is allowed, as by every route.
            await super().handle(scope, receive, send)
            return
        response = await self._answer(Request(scope, receive, send))
        await response(scope, receive, send)


def error_answer(status: int, text: str, headers: Any = None) -> Response:
    """Return an answer that says no."""
    kept = {name: value for name, value in dict(headers or {}).items() if name.lower() != "content-length"}
    return Response(orjson.dumps({"error": text}), status, kept, media_type="application/json")
