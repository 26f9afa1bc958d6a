"""Migrating from several threads of one process, as an embedded start and its tests may."""

from concurrent.futures import ThreadPoolExecutor

from store.migrate import migrate
from tests.servers.databases import select
from tests.servers.find import FoundPostgres


class TestMigrate:
    def test_from_two_threads_at_once_they_take_turns(self, postgres_server: FoundPostgres) -> None:
        url = postgres_server.new_database()

        with ThreadPoolExecutor(2) as threads:
            for each in [threads.submit(migrate, url) for _ in range(2)]:
                each.result(60)

        assert select(url, "SELECT count(*) FROM alembic_version") == [(1,)]
        postgres_server.drop_database(url)
