"""Private servers keep what a test relies on, whatever happens to them."""

import json
import signal
import subprocess
import sys
from base64 import b64encode
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import replace
from pathlib import Path
from urllib.request import Request, urlopen

import pika
import psycopg2
import pytest
from pika.adapters.blocking_connection import BlockingChannel

from tests.servers.databases import execute, select, why_silent
from tests.servers.memory import folder_in_memory
from tests.servers.postgres import PrivatePostgres
from tests.servers.rabbitmq import PrivateRabbit
from tests.servers.starting import UnableToStart
from tests.servers.waiting import wait_until

_REPOSITORY = Path(__file__).parents[2]


class TestPrivatePostgres:
    def test_keeps_a_committed_row_when_killed(self, postgres: PrivatePostgres) -> None:
        url = postgres.new_database("killed")
        execute(url, "CREATE TABLE fact (id int)", "INSERT INTO fact VALUES (1)")

        postgres.kill()
        postgres.start()

        assert select(url, "SELECT id FROM fact") == [(1,)]

    def test_keeps_a_committed_row_when_stopped_at_once(self, postgres: PrivatePostgres) -> None:
        url = postgres.new_database("stopped")
        execute(url, "CREATE TABLE fact (id int)", "INSERT INTO fact VALUES (1)")

        postgres.stop_immediate()
        postgres.start()

        assert select(url, "SELECT id FROM fact") == [(1,)]

    def test_starts_again_although_killed_during_a_query(self, postgres: PrivatePostgres) -> None:
        with closing(psycopg2.connect(postgres.url, async_=True)) as session:
            wait_until(lambda: session.poll() == 0, "the session is open", limit_s=5)
            session.cursor().execute("SELECT count(*) FROM generate_series(1, 1000000000)")

            postgres.kill()
            postgres.start()

        assert select(postgres.url, "SELECT 1") == [(1,)]

    def test_writes_through_by_default(self, postgres: PrivatePostgres) -> None:
        settings = "SELECT current_setting('fsync'), current_setting('synchronous_commit')"

        assert select(postgres.url, settings) == [("on", "on")]

    def test_copies_a_template(self, postgres: PrivatePostgres) -> None:
        original = postgres.new_database("original")
        execute(original, "CREATE TABLE fact (id int)", "INSERT INTO fact VALUES (1)")

        copy = postgres.new_database("copy", "original")

        assert select(copy, "SELECT id FROM fact") == [(1,)]

    def test_says_what_is_wrong_with_a_setting(self) -> None:
        with (
            pytest.raises(UnableToStart, match="max_connections"),
            PrivatePostgres({"max_connections": "none"}),
        ):
            pass

    @pytest.mark.parametrize("memory", ["None", "folder_in_memory()"])
    def test_does_not_outlive_its_owner(self, memory: str) -> None:
        script = (
            "from tests.servers.memory import folder_in_memory\n"
            "from tests.servers.postgres import PrivatePostgres\n"
            f"server = PrivatePostgres(memory={memory})\n"
            "server.start()\n"
            "print(server.url, server.folder, (server.folder / 'data').resolve(), flush=True)\n"
            "input()\n"
        )
        with subprocess.Popen(
            [sys.executable, "-c", script],
            cwd=_REPOSITORY,  # so that it finds `tests`
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        ) as owner:
            assert owner.stdout is not None
            url, folder, data = owner.stdout.readline().split()
            assert (Path(data).parent == folder_in_memory()) == (memory != "None" and folder_in_memory() is not None)

            owner.send_signal(signal.SIGKILL)

        wait_until(lambda: not Path(folder).exists(), "its folder is gone", limit_s=10)
        assert not Path(data).exists()
        assert "refused" in str(why_silent(url))


class TestPrivateRabbit:
    def test_keeps_a_confirmed_message_when_killed(self, rabbit: PrivateRabbit) -> None:
        with _channel(rabbit.url) as channel:
            channel.queue_declare("durable", durable=True, arguments={"x-queue-type": "quorum"})
            rabbit.sync()
            persistent = pika.BasicProperties(delivery_mode=pika.DeliveryMode.Persistent)
            channel.basic_publish("", "durable", b"a fact", persistent, mandatory=True)

        rabbit.kill()
        rabbit.start()

        with _channel(rabbit.url) as channel:
            _, _, body = next(channel.consume("durable", inactivity_timeout=20))
            assert body == b"a fact"

    def test_runs_beside_another_one(self, rabbit: PrivateRabbit) -> None:
        with PrivateRabbit({"heartbeat": "7"}, management=True) as other:
            with _channel(rabbit.url) as mine, _channel(other.url) as theirs:
                mine.queue_declare("mine", durable=True)
                theirs.queue_declare("theirs", durable=True)

            assert "mine" in rabbit.ctl("list_queues", "name")
            assert [queue["name"] for queue in _queues_over_http(other)] == ["theirs"]
            assert other.evaluate("application:get_env(rabbit, heartbeat)") == "{ok,7}"

    @pytest.mark.parametrize("with_erl_call", [True, False])
    def test_evaluates_what_it_is_asked_and_says_what_is_wrong_with_it(
        self, rabbit: PrivateRabbit, monkeypatch: pytest.MonkeyPatch, with_erl_call: bool
    ) -> None:
        assert rabbit._programs.erl_call is not None
        if not with_erl_call:
            monkeypatch.setattr(rabbit, "_programs", replace(rabbit._programs, erl_call=None))

        assert rabbit.evaluate("[<<1>>, {1 + 1, node()}]") == f"[<<1>>,{{2,'{rabbit.name}'}}]"
        with pytest.raises(subprocess.CalledProcessError) as failed:
            rabbit.evaluate("1 = 1 + 1")
        assert "badmatch" in failed.value.output

    def test_knows_at_once_how_many_messages_a_queue_has(self, rabbit: PrivateRabbit) -> None:
        with _channel(rabbit.url) as channel:
            channel.queue_declare("deep", durable=True, arguments={"x-queue-type": "quorum"})
            for _ in range(3):
                channel.basic_publish("", "deep", b"a fact", mandatory=True)
            assert channel.basic_get("deep")[0] is not None

            assert rabbit.depths()["deep"] == 3
            channel.queue_delete("deep")


@contextmanager
def _channel(url: str) -> Iterator[BlockingChannel]:
    """Open a connection with one channel on which publishing waits for the confirm."""
    with closing(pika.BlockingConnection(pika.URLParameters(url))) as connection:
        channel = connection.channel()
        channel.confirm_delivery()
        yield channel


def _queues_over_http(rabbit: PrivateRabbit) -> list[dict[str, object]]:
    """Ask the management API for all queues."""
    login = b64encode(b"guest:guest").decode()
    address = f"{rabbit.management_url}/api/queues"
    with urlopen(Request(address, headers={"Authorization": f"Basic {login}"})) as answer:
        queues: list[dict[str, object]] = json.load(answer)
    return queues
