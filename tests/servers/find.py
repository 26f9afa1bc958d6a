"""Finding a server for the tests: from the environment, in Docker, or a private one."""

import os
import uuid
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, ExitStack, contextmanager
from dataclasses import dataclass, field

import psycopg2

from tests.servers import amqp, containers, databases
from tests.servers.memory import folder_in_memory
from tests.servers.postgres import PrivatePostgres
from tests.servers.postgres_programs import UnableToFindPostgresPrograms
from tests.servers.rabbitmq import PrivateRabbit
from tests.servers.rabbitmq_programs import UnableToFindRabbitPrograms
from tests.servers.restoring import Original, restore


class UnableToFindServer(Exception):
    """There is no server for the tests; the text says what to do about it."""


# Nobody kills the server that tests share, so it need not wait for the disk: a database for one test is there four
# times as soon. What is about crashes has a server of its own.
_NOT_CRASHED = {"fsync": "off", "full_page_writes": "off", "max_wal_size": "256MB"}


@dataclass(frozen=True, slots=True)
class FoundPostgres:
    """A PostgreSQL server, on which every test makes databases of its own."""

    url: str
    """Of a role that may create databases; plain, so that libpq and SQLAlchemy read it."""
    how: str
    """Where it comes from: environment, docker or private, perhaps with a remark."""
    copies_files: bool = False
    """Whether a database is copied file by file, because all of it is in memory."""
    _made: list[str] = field(default_factory=list)
    _originals: dict[str, Original] = field(default_factory=dict)
    _copied_from: dict[str, str] = field(default_factory=dict)
    _restored: dict[str, list[str]] = field(default_factory=lambda: defaultdict(list))
    """The copies of each original that are like it again, and wait for the next test."""

    def new_database(self, *, copy_of: str | None = None) -> str:
        """
        Create a database with a name of its own and return its URL.

        Args:
            copy_of: URL of a database to copy, made here and closed; None for an empty one.
        """
        name = f"test_{uuid.uuid4().hex}"
        url = (copy_of and self._renamed(copy_of, name)) or databases.create_database(
            self.url,
            name,
            template=databases.name_in(copy_of) if copy_of else None,
            by_files=self.copies_files,
        )
        self._made.append(url)
        if copy_of:
            self._copied_from[url] = copy_of
        return url

    def close_database(self, url: str) -> None:
        """Keep everybody out of a database made here, so that it can be copied."""
        self._originals[url] = Original.of(url)
        databases.close_database(self.url, databases.name_in(url))

    def drop_database(self, url: str) -> None:
        """Drop a database made here, with whoever is still connected to it; or keep it, restored, for the next test."""
        original = self._copied_from.pop(url, "")
        if original in self._originals and restore(url, self._originals[original]):
            self._restored[original].append(url)
        else:
            self._drop(url)

    def drop_all(self) -> None:
        """Drop whatever was made here and not dropped yet."""
        for url in tuple(self._made):
            self._drop(url)

    def _renamed(self, original: str, name: str) -> str | None:
        """Return a restored copy under a new name, so that whoever knew it by the old one cannot disturb."""
        while self._restored[original]:
            url = self._restored[original].pop()
            try:
                renamed = databases.rename_database(self.url, databases.name_in(url), name)
            except psycopg2.Error:
                self._drop(url)
                continue
            self._made.remove(url)
            return renamed
        return None

    def _drop(self, url: str) -> None:
        databases.drop_database(self.url, databases.name_in(url))
        self._made.remove(url)


@dataclass(frozen=True, slots=True)
class FoundRabbit:
    """A RabbitMQ server. Queues have fixed names in this project: a test purges what it uses."""

    url: str
    how: str
    """Where it comes from: environment, docker or private, perhaps with a remark."""


@contextmanager
def find_postgres(environment: Mapping[str, str] = os.environ) -> Iterator[FoundPostgres]:
    """
    Give a PostgreSQL server until the context ends.

    Looked for in this order: TEST_DATABASE_URL, DATABASE_URL, Docker, a private server. On a
    server from the environment only databases made here are touched, and all are dropped.

    Raises:
        UnableToFindServer: there is none.
    """
    memory = folder_in_memory()
    search = _Search(
        name="PostgreSQL",
        variables=("TEST_DATABASE_URL", "DATABASE_URL"),
        why_silent=databases.why_silent,
        container=containers.postgres_container,
        private=lambda: PrivatePostgres(_NOT_CRASHED, memory=memory),
    )
    with ExitStack() as stack:
        url, how = search.open(environment, stack)
        is_in_memory = memory is not None and how.startswith("private")
        server = FoundPostgres(databases.plain_url(url), how, is_in_memory)
        if how == "environment":  # the others end as a whole
            stack.callback(server.drop_all)
        yield server


@contextmanager
def find_rabbit(environment: Mapping[str, str] = os.environ) -> Iterator[FoundRabbit]:
    """
    Give a RabbitMQ server until the context ends.

    Looked for in this order: TEST_AMQP_URL, AMQP_URL, Docker, a private server. AMQP cannot
    make a vhost, and queues have fixed names in this project: so name a vhost in the URL that
    only tests use, for they purge and delete the queues they work with.

    Raises:
        UnableToFindServer: there is none.
    """
    search = _Search(
        name="RabbitMQ",
        variables=("TEST_AMQP_URL", "AMQP_URL"),
        why_silent=amqp.why_silent,
        container=containers.rabbit_container,
        private=PrivateRabbit,
    )
    with ExitStack() as stack:
        yield FoundRabbit(*search.open(environment, stack))


@dataclass(frozen=True, slots=True, kw_only=True)
class _Search:
    """Where to look for one kind of server."""

    name: str
    variables: tuple[str, ...]
    why_silent: Callable[[str], str | None]
    container: Callable[[], AbstractContextManager[str]]
    private: Callable[[], AbstractContextManager[PrivatePostgres | PrivateRabbit]]

    def open(self, environment: Mapping[str, str], stack: ExitStack) -> tuple[str, str]:
        """Return URL and origin of a server that lives as long as the stack."""
        for variable in self.variables:
            if url := environment.get(variable):
                if reason := self.why_silent(url):
                    raise UnableToFindServer(
                        f"{variable} is set, but {self.name} cannot be used there: {reason}. "
                        f"Correct it, or unset it to use Docker or a private server."
                    )
                return url, "environment"
        docker = "no Docker engine answers"
        if containers.engine_answers():
            try:
                return stack.enter_context(self.container()), "docker"
            except containers.UnableToStartContainer as error:
                docker = f"Docker could not start {error}"
        try:
            return stack.enter_context(self.private()).url, f"private ({docker})"
        except (UnableToFindPostgresPrograms, UnableToFindRabbitPrograms) as error:
            raise UnableToFindServer(
                f"No {self.name} for the tests: {' and '.join(self.variables)} are not set, "
                f"{docker}, and privately: {error}"
            ) from error
