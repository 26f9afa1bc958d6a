"""An installation whose processes have the rights of deploy/postgres/roles.sql and no more does all of its work."""

import json
from collections.abc import Iterator
from dataclasses import dataclass

import httpx
import pytest

from broker.publisher import declare_topology
from messages.queues import DUE, MINUTE_USAGE
from tests.broker.queues import purge
from tests.journeys.billing import Billing
from tests.journeys.test_usage_to_balance import event
from tests.servers.databases import select
from tests.servers.find import FoundRabbit
from tests.servers.free_ports import ReservedPort
from tests.servers.roles import with_roles
from tests.servers.waiting import wait_until


@dataclass(frozen=True, slots=True)
class Installation:
    """The same installation, by those who may do different things in it."""

    owner: Billing
    workers: Billing
    pages: Billing
    database_url: str
    api_port: int


@pytest.fixture
def installation(database_url: str, rabbit_server: FoundRabbit) -> Iterator[Installation]:
    declare_topology(rabbit_server.url)
    for queue in (MINUTE_USAGE, DUE):
        purge(rabbit_server.url, queue)
    broker = {"AMQP_URL": rabbit_server.url}
    port = ReservedPort()
    with with_roles(database_url) as addresses:
        pages = {
            "DATABASE_URL": addresses["billing_web"],
            "DATABASE_READ_URL": addresses["billing_read"],
            "WEB_API_PORT": str(port.number),
        }
        yield Installation(
            Billing({"DATABASE_URL": database_url, **broker}),
            Billing({"DATABASE_URL": addresses["billing"], **broker}),
            Billing(pages | broker),
            database_url,
            port.number,
        )
    port.release()


class TestProcessesWithTheirRights:
    def test_take_usage_spend_count_and_prove(self, installation: Installation) -> None:
        workers, port = installation.workers, installation.api_port
        with (
            workers.running("worker"),
            workers.running("relay"),
            workers.running("scheduler"),
            installation.pages.running("web", "--apps", "api,portal,admin"),
        ):
            lines = b"\n".join(
                [
                    event("given", "package.grant_requested", {"kind": "purchased", "minutes": 10}),
                    event("used", "usage.reported", {"seconds": 300, "feature": "translate"}),
                    b"not json",
                ]
            )
            assert workers.json("publish", "-", given=lines) == {"accepted": 3, "refused": []}
            wait_until(lambda: self.left(installation) == 300, "the usage to be booked", limit_s=30)
            token = workers.json("tokens", "create", "--account", "journey")["token"]
            wait_until(lambda: self.answers(port), "the API to answer", limit_s=30)

            spent = httpx.post(
                f"http://127.0.0.1:{port}/api/v1/spend_minutes/",
                json={"minutes_to_spend": 2},
                headers={"Authorization": f"Token {token}"},
            )

            assert spent.status_code == 200
            assert self.left(installation) == 180
            wait_until(lambda: self.jobs(installation) >= {"expiry-sweep", "count-statistics"}, "jobs", limit_s=90)
            assert workers("doctor").returncode == 0
        assert select(installation.database_url, "SELECT count(*) FROM outbox") == [(0,)]
        assert select(installation.database_url, "SELECT code FROM dead_letter") == [("NotJson",)]
        assert workers.json("audit")["holds"] is True
        # What only the owner may do, and says so in a sentence.
        assert installation.owner("migrate").returncode == 0

    def left(self, installation: Installation) -> int | None:
        done = installation.workers("balance", "journey", "--json")
        return int(json.loads(done.stdout)["available_seconds"]) if done.returncode == 0 else None

    def answers(self, port: int) -> bool:
        try:
            return httpx.get(f"http://127.0.0.1:{port}/readyz").status_code == 200
        except httpx.TransportError:
            return False

    def jobs(self, installation: Installation) -> set[str]:
        rows = select(installation.database_url, "SELECT DISTINCT job FROM due_run WHERE outcome = 'done'")
        return {job for (job,) in rows}
