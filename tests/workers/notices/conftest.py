"""A harness at servers that the tests of a file share; a tick takes whatever is due, so each begins without notices."""

from collections.abc import Iterator

import pytest

from store.engine import Engine
from tests.doubles.mail_server import Serving, serve_mail
from tests.doubles.push_service import PushServiceDouble, serve_push
from tests.workers.notices.harness import EMPTY, NoticesHarness, harness_of


@pytest.fixture(scope="module")
def mail_server() -> Iterator[Serving]:
    """A mail server."""
    with serve_mail() as serving:
        yield serving


@pytest.fixture(scope="module")
def push_service() -> Iterator[PushServiceDouble]:
    """A push service."""
    with serve_push() as double:
        yield double


@pytest.fixture
def harness(shared_engine: Engine, mail_server: Serving, push_service: PushServiceDouble) -> Iterator[NoticesHarness]:
    """An account that nobody has named yet, and no notices."""
    mail_server.double.begin()
    push_service.begin()
    opened = harness_of(shared_engine, mail_server, push_service)
    opened.execute(EMPTY)
    yield opened
    # Those that a test wrote by hand have no order, as the audit at the end demands.
    opened.execute("DELETE FROM subscription")
