"""Servers and databases for the tests; each is started only if some test asks for it."""

from collections.abc import Generator, Iterator
from typing import Any

import pytest

from tests.servers.broken_rabbit import has_failed_inside, treat
from tests.servers.find import FoundPostgres, FoundRabbit, find_postgres, find_rabbit

_used_servers = pytest.StashKey[dict[str, str]]()


LONGEST = (
    "tests/failure/",
    "tests/workers/payments/test_histories",
    "tests/workers/payments/test_hanging_gateway",
    "tests/cli/test_absurd_values",
    "tests/cli/test_signals",
    "tests/journeys/",
    "tests/browser/",
    "tests/broker/",
)


def pytest_configure(config: pytest.Config) -> None:
    """Make room for the note of which servers were used."""
    config.stash[_used_servers] = {}
    config.pluginmanager.register(FromProcesses(config.stash[_used_servers]))


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Begin with what takes longest, so that no process has to wait for another one's last file; unless shuffled."""
    if config.pluginmanager.hasplugin("randomly"):
        return

    def place(item: pytest.Item) -> int:
        return next((number for number, name in enumerate(LONGEST) if item.nodeid.startswith(name)), len(LONGEST))

    items.sort(key=place)


def pytest_sessionfinish(session: pytest.Session) -> None:
    """Hand the note over, where this is one of several processes that share the tests."""
    if (output := getattr(session.config, "workeroutput", None)) is not None:
        output["used_servers"] = session.config.stash[_used_servers]


class FromProcesses:
    """Gathers the notes of the processes that share the tests."""

    def __init__(self, used_servers: dict[str, str]) -> None:
        self._used_servers = used_servers

    @pytest.hookimpl(optionalhook=True)
    def pytest_testnodedown(self, node: Any) -> None:
        """Take one process's note; one that crashed has none."""
        self._used_servers.update(getattr(node, "workeroutput", {}).get("used_servers", {}))


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """
    Say why a RabbitMQ failed inside, and start the private ones again.

    A node stays as it is after such a failure, and one of them once made seventy tests fail that had done nothing.
    """
    report = yield
    if call.excinfo is not None and has_failed_inside(call.excinfo.value):
        report.sections.append(("RabbitMQ", treat()))
    return report


def pytest_terminal_summary(
    terminalreporter: pytest.TerminalReporter,
    config: pytest.Config,
) -> None:
    """Say at the end which servers were used, so that nobody has to guess."""
    for name, how in config.stash[_used_servers].items():
        terminalreporter.write_line(f"{name}: {how}")


@pytest.fixture(scope="session")
def postgres_server(pytestconfig: pytest.Config) -> Iterator[FoundPostgres]:
    """A PostgreSQL server for the whole session."""
    with find_postgres() as server:
        pytestconfig.stash[_used_servers]["PostgreSQL"] = server.how
        yield server


@pytest.fixture(scope="session")
def rabbit_server(pytestconfig: pytest.Config) -> Iterator[FoundRabbit]:
    """A RabbitMQ server for the whole session; a test purges the queues it uses."""
    with find_rabbit() as server:
        pytestconfig.stash[_used_servers]["RabbitMQ"] = server.how
        yield server


@pytest.fixture(scope="session")
def migrated_database(postgres_server: FoundPostgres) -> str:
    """URL of a migrated database that is only good for copying."""
    # Here, because tests without a database need not load the whole store.
    from store.migrate import migrate

    url = postgres_server.new_database()
    migrate(url)
    postgres_server.close_database(url)
    return url


@pytest.fixture
def database_url(postgres_server: FoundPostgres, migrated_database: str) -> Iterator[str]:
    """URL of a fresh, migrated database for one test."""
    url = postgres_server.new_database(copy_of=migrated_database)
    yield url
    postgres_server.drop_database(url)
