"""The client's calls: balances, purchases, refusals, and answers that are lost."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from screph_billing_client import Buyer, Money, Refused, Retries, Server, Unreachable, answers

from domain import money
from tests.clients.breaking import answering, losing_answers
from tests.clients.conftest import PAGE, QUICK
from tests.servers.free_ports import ReservedPort
from tests.servers.waiting import wait_until
from tests.workers.events import usage
from tests.workers.payments.harness import PaymentHarness


class TestABuyer:
    def test_reads_the_balance_and_its_packages(self, buyer: Buyer) -> None:
        found = buyer.balance(with_packages=True)

        assert (found.available_seconds, found.available_minutes, found.level) == (600, 10, "low")
        assert [package.left_seconds for package in found.packages] == [600]
        assert [package.id for package in buyer.packages()] == [found.packages[0].id]
        assert [line["seconds"] for line in buyer.statement()] == [600]

    def test_follows_the_balance(self, buyer: Buyer, harness: PaymentHarness) -> None:
        balances = buyer.balances()
        assert next(balances).available_seconds == 600

        harness.minutes.apply(usage(harness.account, 60))

        assert next(balances).available_seconds == 540

    def test_waits_for_a_change(self, buyer: Buyer, harness: PaymentHarness) -> None:
        last = buyer.balance()
        with ThreadPoolExecutor() as pool:
            waiting = pool.submit(buyer.wait_for_change, last, seconds=25)
            harness.minutes.apply(usage(harness.account, 60))

            assert waiting.result(timeout=25).available_seconds == 540

    def test_buys_once_however_often_the_same_wish_is_sent(self, buyer: Buyer, harness: PaymentHarness) -> None:
        [product, *_] = buyer.products(currency="RUB")

        first, second = (buyer.buy(product.id, key="wish-1") for _ in range(2))

        assert first.id == second.id
        assert first.is_open
        assert first.redirect_url
        assert buyer.order(first.id).price == first.price
        assert [order.id for order in buyer.orders()] == [first.id]

    def test_is_told_why_not(self, buyer: Buyer) -> None:
        with pytest.raises(Refused) as refused:
            buyer.buy("no-such-product")

        assert (refused.value.status, refused.value.code) == (409, "unknown_product")
        assert refused.value.request_id

    def test_opens_the_portal(self, buyer: Buyer) -> None:
        assert buyer.portal_link("buy").startswith("https://my.screph.example/enter/")


class TestAServer:
    def test_reports_usage_and_explains_it(self, server: Server, harness: PaymentHarness) -> None:
        key = server.report_usage(harness.account, 90, feature="record")

        account = server.account(harness.account)
        assert account.balance().available_seconds == 510
        source = f"api/report_usage/{'screph-1'}"
        assert account.explain(key, source=source)["burnt_seconds"] == 90

    def test_makes_tokens_for_widgets(self, server: Server, api_url: str, harness: PaymentHarness) -> None:
        with Buyer(server.widget_token(harness.account, origin=PAGE), address=api_url) as widget:
            assert widget.balance().available_seconds == 600


class TestTryingAgain:
    def test_books_usage_once_whose_answers_were_lost(
        self, server_token: str, api_url: str, harness: PaymentHarness
    ) -> None:
        with losing_answers(api_url) as between, Server(server_token, address=between.address, retries=QUICK) as server:
            between.losses = 3

            server.report_usage(harness.account, 60)

        assert between.lost == 3
        assert harness.minutes.balance(now=harness.clock()).available_seconds == 540

    def test_ends_with_what_it_was(self) -> None:
        nobody = ReservedPort()
        nobody.release()
        with (
            Buyer("scr_u_x", address=f"http://127.0.0.1:{nobody.number}", retries=QUICK) as buyer,
            pytest.raises(Unreachable, match="nobody answers"),
        ):
            buyer.balance()

    @pytest.mark.parametrize(("status", "body"), [(200, "<h1>Log in</h1>"), (200, "[]"), (302, ""), (404, "nginx")])
    def test_takes_nobody_else_for_the_api(self, status: int, body: str) -> None:
        with (
            answering(status, body) as it,
            Buyer("scr_u_x", address=it.address, retries=QUICK) as buyer,
            pytest.raises(Unreachable, match="something else than the API"),
        ):
            buyer.balance()

        assert len(it.asked) == QUICK.attempts

    def test_follows_the_balance_once_the_api_answers(self) -> None:
        ready = '{"sequence":1,"available_seconds":60,"debt_seconds":0,"next_expiry":null}'
        with answering(403, "<h1>Log in</h1>") as it, Buyer("scr_u_x", address=it.address, retries=QUICK) as buyer:
            with ThreadPoolExecutor() as pool:
                following = pool.submit(next, buyer.balances())
                wait_until(lambda: len(it.asked) > 1, "it is asked again", limit_s=10)
                it.body = f"event: balance\nid: 1\ndata: {ready}\n\n"
                it.kind, it.status = "text/event-stream", 200

                assert following.result(timeout=20).available_seconds == 60

    def test_is_not_done_where_it_cannot_help(self, api_url: str) -> None:
        slow = Retries(attempts=5, first_pause_seconds=60)
        with Buyer("scr_u_wrong", address=api_url, retries=slow) as buyer, pytest.raises(Refused) as refused:
            buyer.balance()

        assert refused.value.status == 401

    @pytest.mark.parametrize(("attempt", "asked", "least", "most"), [(0, 0, 0.1, 0.2), (3, 0, 0.8, 1.6), (9, 99, 5, 5)])
    def test_waits_longer_each_time_at_random_and_within_bounds(
        self, attempt: int, asked: float, least: float, most: float
    ) -> None:
        retries = Retries(first_pause_seconds=0.2, longest_pause_seconds=5)

        assert all(least <= retries.pause(attempt, asked) <= most for _ in range(100))


class TestMoney:
    @pytest.mark.parametrize(
        ("minor", "currency", "text"),
        [(29_900, "RUB", "299.00 RUB"), (5, "EUR", "0.05 EUR"), (500, "JPY", "500 JPY"), (-1_250, "KWD", "-1.250 KWD")],
    )
    def test_is_said_with_the_decimals_of_its_currency(self, minor: int, currency: str, text: str) -> None:
        assert str(Money(minor, currency)) == text

    def test_has_the_decimals_that_the_service_has(self) -> None:
        assert answers.DECIMALS == money.EXPONENTS
