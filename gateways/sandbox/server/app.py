"""The sandbox's application: its API, its payment page, and the form of its errors."""

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse

from gateways.sandbox.server.api import api_routes
from gateways.sandbox.server.hosted import hosted_routes
from gateways.sandbox.server.saving import saving_routes
from gateways.sandbox.server.state import Refusal, SandboxState


def create_app(state: SandboxState) -> FastAPI:
    """Return the application: the API under /v1, and the hosted pages under /pay and /save."""
    app = FastAPI(title="Sandbox: no money moves", docs_url=None, redoc_url=None, openapi_url=None)
    app.include_router(api_routes(state))
    app.include_router(hosted_routes(state))
    app.include_router(saving_routes(state))

    @app.exception_handler(Refusal)
    def refused(_: Request, refusal: Refusal) -> JSONResponse:
        return _error(refusal.status, refusal.code, str(refusal))

    @app.exception_handler(RequestValidationError)
    def invalid(_: Request, error: RequestValidationError) -> JSONResponse:
        faults = "; ".join(f"{'.'.join(map(str, one['loc'][1:]))}: {one['msg']}" for one in error.errors())
        return _error(400, "invalid_request", faults)

    return app


def _error(status: int, code: str, message: str) -> JSONResponse:
    return JSONResponse({"error": {"code": code, "message": message}}, status_code=status)
