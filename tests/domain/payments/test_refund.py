"""README.md, "Refunds": how much may go back, and which seconds go with it."""

from datetime import timedelta

import pytest

from domain.money import Money
from domain.payments.quote import Bought, Quote, refund_quote, refundable_minor, void_seconds_for
from domain.refusal import Refusal
from tests.domain.payments.builders import INSTANT, NOON, bought

WINDOW = timedelta(days=180)


def quoted(
    what: Bought, amount_minor: int | None = None, *, waives_minutes: bool = False, later: timedelta = timedelta(0)
) -> Quote:
    """The quote of a refund that is possible."""
    found = refund_quote(what, amount_minor, now=NOON + later, window=WINDOW, waives_minutes=waives_minutes)
    assert isinstance(found, Quote), found
    return found


def refused(
    what: Bought, amount_minor: int | None = None, *, waives_minutes: bool = False, later: timedelta = timedelta(0)
) -> Refusal:
    """The refusal of a refund that is not."""
    found = refund_quote(what, amount_minor, now=NOON + later, window=WINDOW, waives_minutes=waives_minutes)
    assert isinstance(found, Refusal), found
    return found


class TestRefundable:
    @pytest.mark.parametrize(
        ("price_minor", "paid_seconds", "consumed_seconds", "expected"),
        [
            (69_900, 18_000, 0, 69_900),
            (69_900, 18_000, 1, 69_896),  # 69 896.11…
            (69_900, 18_000, 17_999, 3),  # 3.88…
            (69_900, 18_000, 18_000, 0),
            (69_900, 18_000, 18_001, 0),  # of the bonus too
            (69_900, 18_000, 36_000, 0),
            (1_000, 3, 1, 666),
            (1_000, 3, 2, 333),
            (1, 18_000, 1, 0),
            (0, 18_000, 0, 0),
        ],
    )
    def test_is_what_was_not_used_rounded_down(
        self, price_minor: int, paid_seconds: int, consumed_seconds: int, expected: int
    ) -> None:
        what = bought(price_minor, paid_seconds, consumed_seconds=consumed_seconds)

        assert refundable_minor(what) == expected

    @pytest.mark.parametrize(
        ("refunded_minor", "pending_minor", "expected"),
        [(0, 0, 500), (200, 0, 300), (0, 200, 300), (200, 299, 1), (200, 300, 0), (500, 0, 0), (400, 400, 0)],
    )
    def test_is_less_what_is_refunded_or_under_way(
        self, refunded_minor: int, pending_minor: int, expected: int
    ) -> None:
        what = bought(1_000, 1_000, consumed_seconds=500, refunded_minor=refunded_minor, pending_minor=pending_minor)

        assert refundable_minor(what) == expected

    def test_does_not_lose_a_unit_of_large_sums(self) -> None:
        assert refundable_minor(bought(10**12, 10**9 - 1, consumed_seconds=1)) == 10**12 * (10**9 - 2) // (10**9 - 1)


class TestVoidSeconds:
    @pytest.mark.parametrize(
        ("amount_minor", "price_minor", "paid_seconds", "expected"),
        [(1, 1_000, 1_000, 1), (1, 1_000, 1_001, 2), (1, 1_000, 999, 1), (333, 1_000, 3, 1), (334, 1_000, 3, 2)],
    )
    def test_are_the_share_rounded_up(
        self, amount_minor: int, price_minor: int, paid_seconds: int, expected: int
    ) -> None:
        assert void_seconds_for(amount_minor, bought(price_minor, paid_seconds)) == expected

    @pytest.mark.parametrize(("left_seconds", "expected"), [(0, 0), (299, 299), (300, 300), (301, 300)])
    def test_are_never_more_than_are_left(self, left_seconds: int, expected: int) -> None:
        assert void_seconds_for(300, bought(1_000, 1_000, left_seconds=left_seconds)) == expected


class TestQuote:
    def test_of_everything_voids_everything_and_the_bonus(self) -> None:
        quote = quoted(bought(1_000, 1_000, bonus_left_seconds=60))

        assert quote == Quote(Money(1_000, "RUB"), Money(1_000, "RUB"), 1_000, 60, is_full=True)

    def test_in_part_leaves_the_bonus(self) -> None:
        quote = quoted(bought(1_000, 1_000, bonus_left_seconds=60), 999)

        assert quote == Quote(Money(999, "RUB"), Money(1_000, "RUB"), 999, 0, is_full=False)

    def test_of_all_that_may_be_is_the_last_although_some_was_used(self) -> None:
        quote = quoted(bought(1_000, 3_001, consumed_seconds=1, bonus_left_seconds=60))

        assert quote == Quote(Money(999, "RUB"), Money(999, "RUB"), 3_000, 60, is_full=False)

    def test_of_exactly_what_may_be_is_the_same_as_of_all(self) -> None:
        what = bought(1_000, 3_001, consumed_seconds=1, bonus_left_seconds=60)

        assert quoted(what, 999) == quoted(what)

    def test_of_the_rest_voids_the_rest(self) -> None:
        quote = quoted(bought(1_000, 1_000, left_seconds=650, refunded_minor=300))

        assert (quote.amount.minor, quote.void_seconds, quote.is_full) == (700, 650, False)

    def test_beside_one_under_way_is_not_the_last(self) -> None:
        # Of 3 minor units one pays for 33 and a third seconds; the one under way has frozen 34.
        quote = quoted(bought(3, 100, left_seconds=66, pending_minor=1, bonus_left_seconds=60), 1)

        assert (quote.refundable.minor, quote.void_seconds, quote.bonus_void_seconds) == (2, 34, 0)

    def test_of_the_rest_beside_one_under_way_leaves_the_bonus_to_it(self) -> None:
        quote = quoted(bought(1_000, 1_000, left_seconds=700, pending_minor=300, bonus_left_seconds=60))

        assert (quote.amount.minor, quote.void_seconds, quote.bonus_void_seconds) == (700, 700, 0)

    def test_of_expired_minutes_gives_the_money_and_voids_what_there_is(self) -> None:
        quote = quoted(bought(1_000, 1_000, left_seconds=0))

        assert (quote.amount.minor, quote.void_seconds) == (1_000, 0)

    @pytest.mark.parametrize(("currency", "price_minor"), [("JPY", 1_000), ("KWD", 2_501), ("RUB", 69_900)])
    def test_counts_minor_units_of_any_currency(self, currency: str, price_minor: int) -> None:
        what = bought(price_minor, 18_000, consumed_seconds=9_000, currency=currency)

        assert quoted(what).amount == Money(price_minor // 2, currency)


class TestRefusal:
    @pytest.mark.parametrize(
        ("consumed_seconds", "refunded_minor", "pending_minor"),
        [(1_000, 0, 0), (1_001, 0, 0), (0, 1_000, 0), (0, 0, 1_000), (500, 250, 250), (500, 600, 0)],
    )
    @pytest.mark.parametrize("amount_minor", [None, 1])
    def test_where_nothing_is_left(
        self, consumed_seconds: int, refunded_minor: int, pending_minor: int, amount_minor: int | None
    ) -> None:
        what = bought(
            consumed_seconds=consumed_seconds,
            left_seconds=0,
            refunded_minor=refunded_minor,
            pending_minor=pending_minor,
        )

        assert refused(what, amount_minor).code == "NothingLeft"

    def test_of_one_unit_too_much_says_how_much_there_is(self) -> None:
        refusal = refused(bought(69_900, 18_000, consumed_seconds=9_000), 34_951)

        assert refusal == Refusal("TooMuch", "349.51 RUB is asked for; at most 349.50 RUB may be refunded")

    def test_says_it_in_the_digits_of_the_currency(self) -> None:
        assert "1001 JPY is asked for; at most 1000 JPY" in refused(bought(currency="JPY"), 1_001).reason
        assert "1.001 KWD is asked for; at most 1.000 KWD" in refused(bought(currency="KWD"), 1_001).reason

    @pytest.mark.parametrize("amount_minor", [0, -1])
    @pytest.mark.parametrize("waives_minutes", [False, True])
    def test_of_no_money(self, amount_minor: int, waives_minutes: bool) -> None:
        assert refused(bought(), amount_minor, waives_minutes=waives_minutes).code == "TooMuch"

    @pytest.mark.parametrize("waives_minutes", [False, True])
    def test_while_it_is_disputed(self, waives_minutes: bool) -> None:
        assert refused(bought(is_disputed=True), 1, waives_minutes=waives_minutes).code == "Disputed"

    @pytest.mark.parametrize("waives_minutes", [False, True])
    def test_after_the_gateways_window(self, waives_minutes: bool) -> None:
        assert quoted(bought(), later=WINDOW, waives_minutes=waives_minutes).amount.minor == 1_000

        refusal = refused(bought(), later=WINDOW + INSTANT, waives_minutes=waives_minutes)

        assert refusal.code == "TooLate"
        assert "180 days" in refusal.reason

    def test_never_comes_too_late_where_there_is_no_window(self) -> None:
        found = refund_quote(bought(), None, now=NOON + timedelta(days=36_500), window=None)

        assert isinstance(found, Quote)

    def test_of_what_cost_nothing(self) -> None:
        assert refused(bought(0)).code == "FreeOrder"


class TestWaived:
    def test_leaves_every_second_and_the_bonus(self) -> None:
        quote = quoted(bought(bonus_left_seconds=60), waives_minutes=True)

        assert quote == Quote(Money(1_000, "RUB"), Money(1_000, "RUB"), 0, 0, is_full=True)

    def test_gives_back_what_was_used_too(self) -> None:
        quote = quoted(bought(consumed_seconds=1_000), waives_minutes=True)

        assert (quote.amount.minor, quote.void_seconds) == (1_000, 0)

    def test_never_gives_back_more_than_the_gateway_has(self) -> None:
        what = bought(consumed_seconds=1_000, refunded_minor=300, pending_minor=200)

        assert quoted(what, 500, waives_minutes=True).amount.minor == 500
        assert refused(what, 501, waives_minutes=True).code == "TooMuch"

    def test_of_what_has_gone_back_already_is_refused(self) -> None:
        assert refused(bought(refunded_minor=1_000, left_seconds=0), waives_minutes=True).code == "NothingLeft"
