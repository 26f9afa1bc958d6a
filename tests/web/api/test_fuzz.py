"""Random requests by our own document, single ones and sequences, find no crash and no answer that it does not name."""

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from domain.access.scope import TokenKind
from store.engine import Engine
from tests.asgi.running import running
from tests.doubles.memory import MemoryGateway
from tests.workers.events import grant, registered, usage
from tests.workers.subscriptions.harness import SubscriptionHarness
from web.api.app import create_api
from web.api.v1.settings import ApiSettings, Limits
from workers.access.token import WantedToken, create_token

ROOT = Path(__file__).parents[3]

EXAMPLES = int(os.environ.get("FUZZ_EXAMPLES", "0"))
"""For each operation; `make fuzz` takes many. 0 is the short run of all tests: a few, within some seconds."""

SHORT = ("--max-examples=2", "--max-time=15")

CHECKS = (
    "not_a_server_error",
    "status_code_conformance",
    "content_type_conformance",
    "response_headers_conformance",
    "response_schema_conformance",
    "negative_data_rejection",
    "ignored_auth",
    "use_after_free",
)

OF_SERVERS = r"^/api/v1/(accounts/|usages$|products)"

STREAM = "/api/v1/account/events"
"""It has no end."""


@pytest.fixture(scope="module")
def harness(engine: Engine) -> SubscriptionHarness:
    """An account with something of everything."""
    memory = MemoryGateway("memory")
    memory.name = f"memory{id(memory)}"
    harness = SubscriptionHarness(engine, memory, memory)
    harness.minutes.apply(registered(harness.account, currency="RUB"), grant(harness.account, 900_000))
    harness.minutes.apply(usage(harness.account, 300))
    harness.subscribed("monthly")
    return harness


@pytest.fixture(scope="module")
def url(harness: SubscriptionHarness) -> Iterator[str]:
    """The address of an API whose limits nobody reaches."""
    limits = Limits(reads=dict.fromkeys(TokenKind, 10**7), writes=dict.fromkeys(TokenKind, 10**7))
    with running(create_api(harness.context, ApiSettings(limits=limits))) as address:
        yield address


def fuzz(url: str, token: str, *choice: str) -> subprocess.CompletedProcess[str]:
    """Let schemathesis send requests with a token."""
    command = [
        str(Path(sys.executable).with_name("schemathesis")),
        "run",
        str(ROOT / "docs" / "openapi.json"),
        f"--url={url}",
        f"--header=Authorization: Bearer {token}",
        f"--checks={','.join(CHECKS)}",
        *([f"--max-examples={EXAMPLES}"] if EXAMPLES else SHORT),
        f"--exclude-path={STREAM}",
        "--phases=examples,fuzzing,stateful",
        "--request-timeout=30",
        "--suppress-health-check=all",
        "--generation-database=none",
        "--warnings=off",
        "--no-color",
        *choice,
    ]
    environment = os.environ | {"SCHEMATHESIS_HOOKS": ""}
    # It keeps notes of its crashes where it runs, and would begin with those of another day.
    with TemporaryDirectory() as folder:
        done = subprocess.run(
            command, cwd=folder, env=environment, capture_output=True, encoding="utf-8", timeout=3_000, check=False
        )
    print(done.stdout[-20_000:], done.stderr[-2_000:])
    return done


@pytest.mark.timeout(3_000 if EXAMPLES else 300)
class TestRandomRequests:
    def test_of_a_buyer_find_nothing(self, harness: SubscriptionHarness, url: str) -> None:
        token = create_token(harness.context, WantedToken(TokenKind.USER, harness.account)).text

        done = fuzz(url, token, f"--exclude-path-regex={OF_SERVERS}")

        assert done.returncode == 0, done.stdout[-20_000:] + done.stderr[-2_000:]

    def test_of_a_server_find_nothing(self, harness: SubscriptionHarness, url: str) -> None:
        token = create_token(harness.context, WantedToken(TokenKind.SERVER, "screph-1")).text

        done = fuzz(url, token, f"--include-path-regex={OF_SERVERS}")

        assert done.returncode == 0, done.stdout[-20_000:] + done.stderr[-2_000:]
