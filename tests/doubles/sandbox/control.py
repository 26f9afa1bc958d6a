"""Controls over HTTP, for development without Python: POST /_control/<method> with JSON arguments."""

from typing import Annotated, Any

from fastapi import Body, FastAPI, HTTPException

CONTROLS = (
    "pay",
    "decline",
    "need_action",
    "expire",
    "finish_setup",
    "fail_setup",
    "payment_ref_of",
    "refund_from_dashboard",
    "end_refund",
    "open_dispute",
    "close_dispute",
    "books",
    "count",
    "plan",
)


def add_controls(app: FastAPI, double: Any) -> None:
    """Offer the methods of a double over HTTP; `hold_refunds` takes `{"holds": true}`."""

    @app.post("/_control/{method}")
    def control(method: str, given: Annotated[dict[str, Any] | None, Body()] = None) -> dict[str, Any]:
        arguments = given or {}
        if method == "hold_refunds":
            double.hold_refunds = bool(arguments["holds"])
            return {"result": None}
        if method not in CONTROLS:
            raise HTTPException(404, f"no such control; there are hold_refunds, {', '.join(CONTROLS)}")
        try:
            return {"result": getattr(double, method)(**arguments)}
        except (TypeError, ValueError) as error:
            raise HTTPException(400, str(error)) from error
