"""A worker that is killed again and again while buyers pay and get money back."""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

from broker.publication import Publication, Receipt
from broker.publisher import ConfirmedPublisher, declare_topology
from broker.shared_publisher import SharedPublisher
from gateways.sandbox.webhooks import SandboxWebhookReader
from messages.envelope import Envelope
from messages.payments.requests import PurchaseRequested, RefundRequested
from messages.queues import PURCHASE, SALES
from messages.write import write
from relay.webhooks import create_app
from store.audit.run import audit
from store.engine import open_engine
from tests.doubles.faults import Fault
from tests.doubles.sandbox.double import SECRET, SandboxDouble
from tests.doubles.server import Served
from tests.failure.installation import Installation
from tests.failure.supervisor import Supervised
from tests.servers.waiting import wait_until
from tests.workers.events import NOW
from tests.workers.payments.harness import fill_catalogue

BUYERS = 24
KILLS = 5
PART_MINOR = 20_000


class TestWorkerKilledWhileMoneyMoves:
    def test_every_order_is_paid_granted_and_refunded_once(self, installation: Installation) -> None:
        engine = open_engine(installation.database_url)
        fill_catalogue(engine)
        declare_topology(installation.rabbit.url)
        with _gateway(installation) as double:
            worker = installation.start("worker", settings=_settings(double))
            worker.wait_until_ready()

            # Slow calls are what a kill falls into: the gateway has done it, and nobody here knows.
            double.faults.plan("create_checkout", Fault.SLOW, times=8, seconds=0.4)
            _publish(installation, PurchaseRequested, {"product_id": "standard"})
            with _killing(worker):
                wait_until(lambda: _pay_what_is_open(installation, double) == BUYERS, "all is paid", limit_s=90)
            double.faults.plan("refund", Fault.SLOW, times=8, seconds=0.4)
            orders = "SELECT account.id, orders.id FROM orders JOIN account ON account.number = orders.account"
            for account_id, order_id in installation.witness.select(orders):
                _publish(installation, RefundRequested, _refund(order_id), accounts=[account_id])
            with _killing(worker):
                wait_until(lambda: _refunded(installation) == BUYERS, "all is refunded", limit_s=90)

            assert double.books() == {"RUB": (BUYERS * 69_900, BUYERS * PART_MINOR)}
            found = audit(engine)
            engine.dispose()
        granted = installation.witness.select("SELECT account, count(*), sum(voided_seconds) FROM package GROUP BY 1")
        assert sorted(row[1:] for row in granted) == [(1, 5_151)] * BUYERS
        assert worker.starts >= 1 + KILLS
        assert [finding.invariant.name for finding in found.checks if not finding.holds] == []


@contextmanager
def _gateway(installation: Installation) -> Iterator[SandboxDouble]:
    """The sandbox, whose webhooks come twice over a real relay."""
    with (
        SharedPublisher(lambda: ConfirmedPublisher(installation.rabbit.url)) as publishing,
        Served(create_app({"sandbox": SandboxWebhookReader(SECRET)}, publishing)) as relay,
        SandboxDouble(webhook_url=f"{relay.url}/webhooks/sandbox") as double,
    ):
        double.deliveries.manner.copies = 2
        yield double


def _settings(double: SandboxDouble) -> dict[str, str]:
    own = {f"SANDBOX_{name}": value for name, value in double.settings().items()}
    return {"GATEWAYS": "sandbox", "ENVIRONMENT": "development"} | own


def _publish(
    installation: Installation, model: type[Envelope], data: dict, *, accounts: list[str] | None = None
) -> None:
    publisher = ConfirmedPublisher(installation.rabbit.url)
    publications = []
    for account_id in accounts or [f"buyer-{number}" for number in range(BUYERS)]:
        message_id, body = write(model, data, at=NOW, subject=account_id, source="shop")
        publications.append(Publication(SALES, PURCHASE, message_id, body))
    receipts = publisher.publish(publications, patience_seconds=30)
    publisher.close()
    assert set(receipts) == {Receipt.CONFIRMED}


def _refund(order_id: str) -> dict:
    return {"order_id": order_id, "amount_minor": PART_MINOR, "reason": "asked for", "requested_by": "olga"}


@contextmanager
def _killing(worker: Supervised) -> Iterator[None]:
    """Kill a worker several times, each a little later in its life, while the block goes on."""

    def kill() -> None:
        for number in range(KILLS):
            worker.wait_until_ready()
            time.sleep(0.15 * number)  # not for luck: each life gets a little further than the one before
            worker.kill()

    killer = threading.Thread(target=kill)
    killer.start()
    yield
    killer.join()


def _pay_what_is_open(installation: Installation, double: SandboxDouble) -> int:
    """Let every buyer pay who has a link, and return how many orders are paid."""
    rows = installation.witness.select("SELECT status, checkout_ref FROM orders")
    for status, checkout_ref in rows:
        if status == "pending" and checkout_ref and double.payment_ref_of(checkout_ref) is None:
            double.pay(checkout_ref)
    return sum(status == "paid" for status, _ in rows)


def _refunded(installation: Installation) -> int:
    return int(installation.witness.select("SELECT count(*) FROM refund WHERE status = 'succeeded'")[0][0])
