"""The sandbox's server with faults: a small middleware around its API."""

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable

from fastapi import FastAPI, Request, Response
from fastapi.responses import JSONResponse

from tests.doubles.faults import Fault, Faults

OPERATIONS = {
    "/v1/checkouts": "create_checkout",
    "/v1/charges": "charge",
    "/v1/refunds": "refund",
    "/v1/setups": "create_setup",
}


def add_faults(app: FastAPI, faults: Faults, counts: Counter[str], *, on_decline: Callable[[str], None]) -> None:
    """Let calls of the API go wrong as planned, and count them; all of it in the event loop's thread."""

    @app.middleware("http")
    async def misbehave(request: Request, call_next: Callable[[Request], Awaitable[Response]]) -> Response:
        operation = _operation(request)
        if operation is None:
            return await call_next(request)
        counts[operation] += 1
        planned = faults.next(operation)
        match planned and planned.fault:
            case Fault.ERROR_BEFORE:
                return Response(status_code=500)
            case Fault.FORBIDDEN | Fault.UNKNOWN as refusal:
                status = 404 if refusal is Fault.UNKNOWN else 403
                return JSONResponse({"error": {"code": str(refusal), "message": "planned"}}, status)
            case Fault.HTML:
                return Response("<html>Bad Gateway</html>", 502, media_type="text/html")
            case Fault.BLOCKED:
                return Response("<html>Not here</html>", 404, media_type="text/html")
            case Fault.DECLINE if planned and operation == "charge":
                # Of any other call it would be left over, and the next charge would get it.
                on_decline(planned.code)
        answer = await call_next(request)
        match planned and planned.fault:
            case Fault.ERROR_AFTER_COMMIT:
                return Response(status_code=500)
            case Fault.SLOW if planned:
                await asyncio.sleep(planned.seconds)
        return answer


def _operation(request: Request) -> str | None:
    path = request.url.path
    if request.method == "POST":
        return "cancel" if path.endswith("/cancel") else OPERATIONS.get(path)
    if request.method == "DELETE":
        return "forget_method"
    return "fetch" if path.startswith("/v1/") else None
