"""What is said of the API as a whole: its name, its servers, its tokens, its headers, and the form of its errors."""

from collections.abc import Mapping
from typing import Any

VERSION = "1.0.0"
"""Of the contract: the second number grows with what is added, the first never within `/api/v1`."""

INFO: dict[str, Any] = {
    "title": "Screph billing",
    "version": VERSION,
    "summary": "Minutes, purchases and everything about them, over HTTP.",
    "description": """\
A program shows a token: `Authorization: Bearer …`. A *buyer's* token (`scr_u_…`) speaks for its own account, below
`/api/v1`; a *server's* token (`scr_s_…`) for any account, below `/api/v1/accounts/{account_id}`; a *widget's*
(`scr_w_…`) reads the balance of its account and nothing else. Each operation names the scope that the token needs.

* **Values**: snake_case; money is `{"amount_minor": 29900, "currency": "RUB"}`; moments are RFC 3339 in UTC; lengths of
  time are whole seconds; ids are texts. Requests with unknown fields are refused; answers may get more fields, and
  words more values, so ignore what you do not know.
* **Errors** are problem details (RFC 9457) with a `code` that stays, in the language of `Accept-Language`
  (en, de, es, ru).
* **Idempotency**: what is sent by POST wants an `Idempotency-Key`. The same request with the same key has one effect
  for ever, and the repeat gets the answer with `Idempotent-Replayed: true`. A key counts for one operation of one
  owner.
* **Lists** come in pages: `?limit=`, and `next_cursor` as `?cursor=`; the `Link` header says the same. There are no
  totals.
* **Limits** count by token; `RateLimit` and `RateLimit-Policy` say how many requests are left, `Retry-After` when to
  come again.
* **Versions**: within `v1` things are only added. What is to go is announced by `Deprecation` and `Sunset`.
""",
    "license": {"name": "Proprietary", "identifier": "LicenseRef-Proprietary"},
}

SERVERS = [
    {
        "url": "https://{host}",
        "description": "This installation",
        "variables": {"host": {"default": "api.screph.app", "description": "Where the API of this installation is"}},
    }
]

SECURITY = {
    "token": {
        "type": "http",
        "scheme": "bearer",
        "description": "`Authorization: Bearer scr_…`; `Token` in place of `Bearer` does as well.",
    }
}


def _header(description: str, example: Any, kind: str = "string") -> dict[str, Any]:
    return {"description": description, "schema": {"type": kind}, "example": example}


HEADERS: Mapping[str, Any] = {
    "X-Request-Id": _header("Names this request; that of the request, if it has 8 to 64 letters", "7b0c4c3e-6a44-4b1e"),
    "RateLimit": _header("How many requests are left, and in how many seconds all are", '"reads";r=119;t=1'),
    "RateLimit-Policy": _header("How many requests a token may make, in how many seconds", '"reads";q=120;w=60'),
    "Retry-After": _header("In how many seconds to come again", 1, "integer"),
    "WWW-Authenticate": _header("What kind of token is wanted", "Bearer"),
    "Idempotent-Replayed": _header("`true`: this is the answer that an earlier request with the key got", "true"),
    "Link": _header("The next page, if there is one", '</api/v1/orders?cursor=abc>; rel="next"'),
    "ETag": _header("Of the answer; send it as `If-None-Match`", '"b42-0d1c7a116f0a4e3c"'),
    "Location": _header("Where what was made can be read", "/api/v1/orders/9d0c6f0e-6ad1-5f43-8c76-7f7a2f3f2a10"),
}


def headers(*names: str) -> dict[str, Any]:
    """Return headers of an answer, as references."""
    return {name: {"$ref": f"#/components/headers/{name}"} for name in names}
