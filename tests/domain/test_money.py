"""Money is whole minor units of one currency, and no digit is ever lost or made up."""

from dataclasses import FrozenInstanceError

import pytest
from babel.core import get_global
from babel.numbers import list_currencies
from hypothesis import given, settings
from hypothesis import strategies as st

from domain.money import EXPONENTS, Money, UnableToCount, decimal_text, exponent, money_of, rescaled

# The same examples in every run: a red test is red for everybody, and a green one stays green.
bounded = settings(max_examples=300, derandomize=True, deadline=None, database=None)

CURRENCIES = sorted({*list_currencies(), *EXPONENTS})
moneys = st.builds(Money, st.integers(-(10**15), 10**15), st.sampled_from(CURRENCIES))

# CLDR says how many decimals people write, ISO 4217 how many there are. Where money of a currency in use has lost
# its small coins the two differ, and gateways count as ISO does.
ISO_DIFFERS_FROM_CLDR = {
    "AFN": 2,
    "ALL": 2,
    "IQD": 3,
    "IRR": 2,
    "KPW": 2,
    "LAK": 2,
    "LBP": 2,
    "MGA": 2,
    "MMK": 2,
    "RSD": 2,
    "SOS": 2,
    "SYP": 2,
    "YER": 2,
}
WITHDRAWN = {"ADP", "BYR", "ESP", "ITL", "LUF", "MGF", "MRO", "SLL", "STD", "TMM", "TRL", "ZMK", "ZWD"}


class TestMoney:
    @pytest.mark.parametrize("code", ["", "R", "RU", "RUBL", "rub", "Rub", "РУБ", "123", "   "])
    def test_wants_a_code_of_iso_4217(self, code: str) -> None:
        with pytest.raises(UnableToCount, match="is not an ISO 4217 code such as RUB"):
            Money(1, code)

    @pytest.mark.parametrize("code", ["U$D", "RU1", "A  ", "R-B", "US\n"])
    def test_wants_three_letters(self, code: str) -> None:
        with pytest.raises(UnableToCount):
            Money(1, code)

    def test_of_two_currencies_is_never_equal(self) -> None:
        assert Money(100, "RUB") == Money(100, "RUB")
        assert Money(100, "RUB") != Money(100, "USD")
        assert Money(0, "RUB") != Money(0, "USD")

    def test_is_not_compared_by_size_which_would_mean_nothing_across_currencies(self) -> None:
        with pytest.raises(TypeError):
            _ = Money(1, "RUB") < Money(2, "RUB")  # type: ignore[operator]

    def test_cannot_be_changed_in_place(self) -> None:
        with pytest.raises(FrozenInstanceError):
            Money(1, "RUB").minor = 2  # type: ignore[misc]

    @pytest.mark.parametrize(
        ("money", "said"),
        [
            (Money(69_900, "RUB"), "699.00 RUB"),
            (Money(1_000, "JPY"), "1000 JPY"),
            (Money(2_501, "KWD"), "2.501 KWD"),
            (Money(-5, "USD"), "-0.05 USD"),
            (Money(1, "CLF"), "0.0001 CLF"),
        ],
    )
    def test_reads_as_people_write_it(self, money: Money, said: str) -> None:
        assert str(money) == said


class TestExponent:
    def test_is_the_one_of_cldr_but_for_known_differences(self) -> None:
        fractions = get_global("currency_fractions")
        by_cldr = {code: fractions.get(code, fractions["DEFAULT"])[0] for code in CURRENCIES if code not in WITHDRAWN}

        ours = {code: exponent(code) for code in by_cldr}

        assert {code: ours[code] for code in ours if ours[code] != by_cldr[code]} == ISO_DIFFERS_FROM_CLDR

    def test_is_said_for_no_currency_that_has_two_anyway(self) -> None:
        assert set(EXPONENTS.values()) == {0, 3, 4}
        assert set(EXPONENTS) <= set(list_currencies())

    @pytest.mark.parametrize(
        ("currency", "decimals"), [("RUB", 2), ("EUR", 2), ("HUF", 2), ("JPY", 0), ("ISK", 0), ("KWD", 3), ("UYW", 4)]
    )
    def test_of_some_that_everybody_knows(self, currency: str, decimals: int) -> None:
        assert exponent(currency) == decimals


class TestDecimalText:
    @pytest.mark.parametrize(
        ("money", "text"),
        [
            (Money(0, "RUB"), "0.00"),
            (Money(1, "RUB"), "0.01"),
            (Money(99, "RUB"), "0.99"),
            (Money(100, "RUB"), "1.00"),
            (Money(29_900, "RUB"), "299.00"),
            (Money(-1, "RUB"), "-0.01"),
            (Money(-100, "RUB"), "-1.00"),
            (Money(0, "JPY"), "0"),
            (Money(500, "JPY"), "500"),
            (Money(-500, "JPY"), "-500"),
            (Money(1_250, "KWD"), "1.250"),
            (Money(1, "KWD"), "0.001"),
            (Money(10**12, "RUB"), "10000000000.00"),
        ],
    )
    def test_has_the_decimals_of_its_currency(self, money: Money, text: str) -> None:
        assert decimal_text(money) == text

    @pytest.mark.parametrize(
        ("money", "decimals", "text"),
        [
            (Money(500, "JPY"), 2, "500.00"),
            (Money(1_250, "KWD"), 2, "1.25"),
            (Money(29_900, "HUF"), 0, "299"),
            (Money(-29_900, "HUF"), 0, "-299"),
            (Money(0, "KWD"), 0, "0"),
            (Money(1, "RUB"), 4, "0.0100"),
        ],
    )
    def test_has_the_decimals_that_a_gateway_wants(self, money: Money, decimals: int, text: str) -> None:
        assert decimal_text(money, decimals=decimals) == text

    @pytest.mark.parametrize(
        ("money", "decimals"), [(Money(1_251, "KWD"), 2), (Money(-1_251, "KWD"), 2), (Money(29_901, "HUF"), 0)]
    )
    def test_drops_no_digit(self, money: Money, decimals: int) -> None:
        with pytest.raises(UnableToCount, match="without a loss"):
            decimal_text(money, decimals=decimals)


class TestMoneyOf:
    @pytest.mark.parametrize(
        ("text", "currency", "minor"),
        [
            ("299", "RUB", 29_900),
            ("299.0", "RUB", 29_900),
            ("299.00", "RUB", 29_900),
            ("299.000", "RUB", 29_900),
            ("0.01", "RUB", 1),
            ("-0.01", "RUB", -1),
            ("-0", "RUB", 0),
            ("0299.00", "RUB", 29_900),
            ("500", "JPY", 500),
            ("500.00", "JPY", 500),
            ("1.25", "KWD", 1_250),
            ("1.2500", "KWD", 1_250),
            ("0.0001", "CLF", 1),
            ("9007199254740993.01", "RUB", 900_719_925_474_099_301),  # a float would say …299
        ],
    )
    def test_counts_to_the_last_digit(self, text: str, currency: str, minor: int) -> None:
        assert money_of(text, currency) == Money(minor, currency)

    @pytest.mark.parametrize(
        ("text", "currency"), [("0.001", "RUB"), ("-0.001", "RUB"), ("500.5", "JPY"), ("1.2501", "KWD")]
    )
    def test_refuses_what_is_finer_than_a_minor_unit(self, text: str, currency: str) -> None:
        with pytest.raises(UnableToCount, match="without a loss"):
            money_of(text, currency)

    @pytest.mark.parametrize(
        "text",
        [
            *("", " ", ".", "-", "-.5", ".5", "5.", "5.0.0", "5.-1", "--5", "+5", "5-"),
            *("5,00", "1 000", "1_000", "1,000.00", " 5", "5 ", "5\n", "RUB 5"),
            *("1e3", "0x10", "NaN", "inf", "٢٩٩", "²", "2.²", "½"),
        ],
    )
    def test_refuses_what_is_no_number(self, text: str) -> None:
        with pytest.raises(UnableToCount, match=r"is not an amount such as 299\.00"):
            money_of(text, "RUB")

    @bounded
    @given(moneys)
    def test_reads_back_whatever_was_written(self, money: Money) -> None:
        assert money_of(decimal_text(money), money.currency) == money

    @bounded
    @given(moneys, st.integers(0, 6))
    def test_reads_back_whatever_could_be_written_with_other_decimals(self, money: Money, decimals: int) -> None:
        try:
            text = decimal_text(money, decimals=decimals)
        except UnableToCount:
            assert money.minor % 10 ** (exponent(money.currency) - decimals)
            return

        assert money_of(text, money.currency) == money
        assert len(text.partition(".")[2]) == decimals

    @pytest.mark.parametrize("minor", [0, 1, -1, 10, 999, -1_000, 10**12])
    def test_reads_back_every_currency(self, minor: int) -> None:
        for currency in CURRENCIES:
            assert money_of(decimal_text(Money(minor, currency)), currency) == Money(minor, currency)


class TestRescaled:
    @pytest.mark.parametrize(
        ("units", "decimals", "wanted", "expected"),
        [(5, 0, 0, 5), (5, 0, 2, 500), (500, 2, 0, 5), (-500, 2, 0, -5), (0, 9, 0, 0), (0, 0, 9, 0)],
    )
    def test_keeps_the_amount(self, units: int, decimals: int, wanted: int, expected: int) -> None:
        assert rescaled(units, decimals, wanted) == expected

    @pytest.mark.parametrize("units", [1, 99, 101, -1, -99, -101])
    def test_rounds_nothing(self, units: int) -> None:
        with pytest.raises(UnableToCount):
            rescaled(units, 2, 0)
