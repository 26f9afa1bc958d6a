"""What FastAPI may tell of a request, once the process is traced."""

from collections.abc import Callable

from fastapi.telemetry import TelemetryConfig
from starlette.types import Scope

_OF_MACHINES = ("/healthz", "/static/")


def telemetry(*, has_secret: Callable[[Scope], bool] = lambda scope: False) -> TelemetryConfig:
    """
    Return FastAPI's settings: one span for a request, named by its route.

    No logs, for they hold texts of errors and what was typed; no metrics, for ours are Prometheus's
    (asgi/request_metrics.py); no span for each dependency, nor for what only programs ask for.

    Args:
        has_secret: tells whether the path of a request may hold a secret; nothing is told of it then.
    """

    def is_left_out(scope: Scope) -> bool:
        return str(scope.get("path", "")).startswith(_OF_MACHINES) or has_secret(scope)

    return {"logs": False, "metrics": False, "operation_spans": False, "exclude": is_left_out}
