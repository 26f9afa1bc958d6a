"""How PayPal says no."""

from typing import Any

from tests.doubles.paypal.records import new_id

NAMES = {
    400: ("INVALID_REQUEST", "Request is not well-formed, syntactically incorrect, or violates schema."),
    401: (
        "AUTHENTICATION_FAILURE",
        "Authentication failed due to missing authorization header, or invalid authentication credentials.",
    ),
    404: ("RESOURCE_NOT_FOUND", "The specified resource does not exist."),
    409: ("RESOURCE_CONFLICT", "The server has detected a conflict while processing this request."),
    422: (
        "UNPROCESSABLE_ENTITY",
        "The requested action could not be performed, semantically incorrect, or failed business validation.",
    ),
}


class Refused(Exception):
    """The double answers with an error of PayPal's."""

    def __init__(self, status: int, issue: str, *, about: str = "", links: tuple[dict[str, str], ...] = ()) -> None:
        super().__init__(issue)
        self.status = status
        self.issue = issue
        self.about = about
        self.links = links

    @property
    def body(self) -> dict[str, Any]:
        """The error as PayPal writes it."""
        name, message = NAMES.get(self.status, ("ERROR", "The call was refused."))
        detail = {"issue": self.issue, "description": f"{self.issue}: see the documentation."}
        if self.about:
            detail["field"] = self.about
        return {
            "name": name,
            "message": message,
            "debug_id": new_id(13).lower(),
            "details": [detail],
            "links": list(self.links),
        }


def unknown(about: str = "") -> Refused:
    """Return the error for an object that PayPal does not know."""
    return Refused(404, "INVALID_RESOURCE_ID", about=about)
