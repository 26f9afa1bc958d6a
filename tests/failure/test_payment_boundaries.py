"""
Processes that are killed at every single step of a payment, one after the other: all goes on by itself.

Nobody helps: a process is started again, the broker delivers again what was not acknowledged, the gateway
sends again what was not answered, and the scheduler reminds of looking at what is open.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.doubles.delivery import Deliverer
from tests.failure.crash_after import VARIABLE, Crashes
from tests.failure.dying import calls_at, crashing_workers, die_at_each
from tests.failure.installation import Installation
from tests.failure.polling import Polls
from tests.failure.selling import Shop, relayed, selling
from tests.failure.settled import assert_all_is_well
from tests.failure.supervisor import Supervised, billing
from tests.servers.free_ports import ReservedPort
from tests.servers.waiting import wait_until

LIMIT_S = 20
BUYERS = 30
SENDERS = 4


@pytest.fixture
def crashes(tmp_path: Path) -> Iterator[Crashes]:
    """The way in which a test tells processes where to die."""
    crashes = Crashes(tmp_path / "crashes")
    yield crashes
    # pytest shows this only with a test that failed.
    print(f"deaths: {crashes.deaths}", *crashes.passed, sep="\n")


class TestWorkerKilledAtEachStep:
    def test_of_a_purchase(self, installation: Installation, crashes: Crashes) -> None:
        with selling(installation) as shop, relayed(installation, shop):
            workers = crashing_workers(installation, crashes, settings=shop.settings())

            boundaries = die_at_each(
                crashes,
                workers,
                ask=lambda buyer: shop.ask_for_purchases([buyer]),
                is_done=lambda buyer: shop.are_paid([buyer]),
                messages=2,
            )

            assert calls_at(boundaries) == ["create_checkout", "fetch_payment"]
            assert len(boundaries) >= 18
            assert_all_is_well(shop, orders=len(boundaries) + 1)

    def test_of_a_refund(self, installation: Installation, crashes: Crashes) -> None:
        with selling(installation) as shop, relayed(installation, shop):
            workers = crashing_workers(installation, crashes, settings=shop.settings())
            buyers = all_have_bought(shop)

            boundaries = die_at_each(crashes, workers, ask=shop.ask_for_refund, is_done=shop.is_refunded, messages=2)

            assert calls_at(boundaries) == ["refund", "fetch_refund"]
            assert len(boundaries) >= 20
            assert_all_is_well(shop, orders=len(buyers), refunds=len(boundaries) + 1)

    def test_of_taking_money_that_the_buyer_approved(self, installation: Installation, crashes: Crashes) -> None:
        with selling(installation, "paypal") as shop, relayed(installation, shop):
            workers = crashing_workers(installation, crashes, settings=shop.settings())

            boundaries = die_at_each(
                crashes,
                workers,
                ask=lambda buyer: shop.ask_for_purchases([buyer]),
                is_done=lambda buyer: shop.are_paid([buyer]),
                messages=3,
                counts=lambda boundary: "apply_payment" in boundary or "complete_checkout" in boundary,
            )

            assert calls_at(boundaries) == ["complete_checkout"]
            assert_all_is_well(shop, orders=len(boundaries) + 1)

    def test_of_a_look_at_an_order_whose_webhook_is_lost(self, installation: Installation, crashes: Crashes) -> None:
        with selling(installation) as shop:
            workers = crashing_workers(installation, crashes, settings=shop.settings())
            polls = Polls(shop, crashes)

            boundaries = die_at_each(
                crashes,
                workers,
                ask=lambda buyer: polls.begin_with(lambda: shop.ask_for_purchases([buyer])),
                is_done=lambda buyer: shop.have_paid([buyer]) and polls.until(shop.are_paid([buyer])),
                counts=lambda boundary: boundary.startswith("reconciliation"),
            )

            assert calls_at(boundaries) == ["fetch_payment"]
            assert_all_is_well(shop, orders=len(boundaries) + 1)

    def test_of_a_look_at_a_refund_whose_webhook_is_lost(self, installation: Installation, crashes: Crashes) -> None:
        with selling(installation) as shop:
            workers = crashing_workers(installation, crashes, settings=shop.settings())
            with relayed(installation, shop):
                buyers = all_have_bought(shop)
            shop.lose_webhooks()
            shop.double.hold_refunds = True
            polls = Polls(shop, crashes)

            boundaries = die_at_each(
                crashes,
                workers,
                ask=lambda buyer: polls.begin_with(lambda: shop.ask_for_refund(buyer)),
                is_done=lambda buyer: shop.is_decided(buyer) and polls.until(shop.is_refunded(buyer)),
                counts=lambda boundary: boundary.startswith("reconciliation"),
            )

            assert calls_at(boundaries) == ["fetch_refund"]
            assert_all_is_well(shop, orders=len(buyers), refunds=len(boundaries) + 1)


class TestWebhooksRelayKilled:
    def test_before_it_publishes_and_before_it_answers(self, installation: Installation, crashes: Crashes) -> None:
        with selling(installation) as shop, a_port() as port:
            installation.start("worker", settings=shop.settings())
            command = ("tests.failure.crashing_webhooks",)
            relay = relay_of_webhooks(installation, shop, port, command=command, more={VARIABLE: str(crashes.folder)})
            shop.send_webhooks_to(f"http://127.0.0.1:{port}")

            boundaries = die_at_each(
                crashes,
                [relay],
                ask=lambda buyer: shop.ask_for_purchases([buyer]),
                is_done=lambda buyer: shop.are_paid([buyer]),
            )

            assert boundaries == ["read, not published", "confirmed, not answered"]
            # What was confirmed and not answered is sent again, and so comes twice.
            came = {"buyer-0": 1, "buyer-1": 1, "buyer-2": 2}
            wait_until(lambda: shop.webhook_tries() == came, "the last one came twice", limit_s=LIMIT_S)
            assert_all_is_well(shop, orders=3)

    def test_at_any_moment_under_load(self, installation: Installation) -> None:
        with selling(installation) as shop, a_port() as port:
            installation.start("worker", settings=shop.settings())
            relay = relay_of_webhooks(installation, shop, port, command=billing("webhooks"), more={})
            buyers = [f"buyer-{number}" for number in range(BUYERS)]
            shop.ask_for_purchases(buyers)
            wait_until(lambda: shop.have_paid(buyers), "every buyer has paid", limit_s=LIMIT_S)
            senders = [shop.deliverer(f"http://127.0.0.1:{port}") for _ in range(SENDERS)]

            for sender in senders:
                sender.manner.delay_s = 0.02  # so that the load lasts longer than the kills
                for webhook in shop.double.deliveries.sent:
                    sender.send(webhook)
            for taken in (BUYERS // 3, BUYERS, 2 * BUYERS):
                wait_until(lambda taken=taken: answered(senders) >= taken, f"{taken} are taken", limit_s=LIMIT_S)  # type: ignore[misc]
                relay.kill()

            assert answered(senders) < BUYERS * SENDERS
            wait_until(lambda: shop.are_paid(buyers), "every order is paid", limit_s=LIMIT_S)
            wait_until(lambda: all(sender.is_idle for sender in senders), "all are taken", limit_s=LIMIT_S)
            assert answered(senders) == BUYERS * SENDERS
            assert relay.starts == 4
            assert_all_is_well(shop, orders=BUYERS)
            for sender in senders:
                sender.close()


@contextmanager
def a_port() -> Iterator[int]:
    """A port that nobody else takes while the relay is down."""
    port = ReservedPort()
    yield port.number
    port.release()


def relay_of_webhooks(
    installation: Installation, shop: Shop, port: int, *, command: tuple[str, ...], more: dict[str, str]
) -> Supervised:
    """Start the webhook endpoint and return when it is open."""
    settings = shop.settings() | {"WEBHOOKS_PORT": str(port), "WEBHOOKS_PER_SECOND": "10000"} | more
    relay = installation.start("webhooks", command=command, settings=settings)
    relay.wait_until_ready()
    return relay


def answered(senders: Sequence[Deliverer]) -> int:
    """How many webhooks were answered with 200."""
    return sum(sender.answers.count(200) for sender in senders)


def all_have_bought(shop: Shop) -> list[str]:
    """Let many buyers buy, and return their accounts."""
    buyers = [f"buyer-{number}" for number in range(BUYERS)]
    shop.ask_for_purchases(buyers)
    wait_until(lambda: shop.are_paid(buyers), "all is paid", limit_s=LIMIT_S)
    return buyers
