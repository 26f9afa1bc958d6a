"""What was typed into a form: read, or refused in a sentence beside its field."""

from typing import Any

import pytest

from web.admin.typed import Typed, digest_of, was_shown


def read(method: str, value: str, **options: Any) -> tuple[Any, bool]:
    """Read a field, and tell whether it was refused."""
    typed = Typed({"field": value})
    return getattr(typed, method)("field", **options), typed.fault("field") is not None


class TestWhole:
    @pytest.mark.parametrize(("value", "number"), [("1", 1), (" 42 ", 42), ("007", 7), ("", None)])
    def test_is_read(self, value: str, number: int | None) -> None:
        assert read("whole", value) == (number, False)

    @pytest.mark.parametrize("value", ["0", "-1", "1.5", "one", "9" * 30, "2147483648", "²", "1 000"])
    def test_is_refused(self, value: str) -> None:
        assert read("whole", value) == (None, True)

    def test_that_is_needed_is_refused_when_it_is_missing(self) -> None:
        assert read("whole", " ", required=True) == (None, True)


class TestShare:
    @pytest.mark.parametrize(
        ("value", "hundredths"), [("10", 1_000), ("12.5", 1_250), ("33,33 %", 3_333), ("100", 10_000)]
    )
    def test_is_in_hundredths_of_a_percent(self, value: str, hundredths: int) -> None:
        assert read("share", value) == (hundredths, False)

    @pytest.mark.parametrize("value", ["", "0", "100.01", "1.234", "-5", "NaN", "inf", "ten", "1e9999999"])
    def test_is_refused(self, value: str) -> None:
        assert read("share", value) == (None, True)


class TestAmounts:
    @pytest.mark.parametrize(
        ("value", "amounts"),
        [
            ("100.00 RUB", {"RUB": 10_000}),
            ("100rub; 5 EUR, 500 JPY", {"RUB": 10_000, "EUR": 500, "JPY": 500}),
            ("1.250 KWD\n2 USD", {"KWD": 1_250, "USD": 200}),
            ("", None),
        ],
    )
    def test_are_minor_units_by_currency(self, value: str, amounts: dict[str, int] | None) -> None:
        assert read("amounts", value) == (amounts, False)

    @pytest.mark.parametrize("value", ["100", "RUB", "100 XXX", "100 RUR", "1.999 RUB", "0 RUB", "-5 EUR", "5 EUR and"])
    def test_are_refused(self, value: str) -> None:
        assert read("amounts", value) == (None, True)


class TestMoment:
    @pytest.mark.parametrize(
        ("value", "moment"),
        [
            ("2026-12-01 10:00", "2026-12-01T10:00:00+00:00"),
            ("2026-12-01T10:00", "2026-12-01T10:00:00+00:00"),
            ("2026-12-01", "2026-12-01T00:00:00+00:00"),
            ("2026-12-01T10:00+03:00", "2026-12-01T07:00:00+00:00"),
            ("", None),
        ],
    )
    def test_is_in_utc(self, value: str, moment: str | None) -> None:
        assert read("moment", value) == (moment, False)

    @pytest.mark.parametrize("value", ["tomorrow", "2026-13-01", "01.12.2026", "0001-01-01T00:00+14:00"])
    def test_is_refused(self, value: str) -> None:
        assert read("moment", value) == (None, True)


class TestDigest:
    def test_tells_another_content_and_not_another_sending(self) -> None:
        shown = Typed({"code": "A", "form_id": "1", "empty": ""})

        assert was_shown(Typed({"code": "A", "form_id": "2", "shown": digest_of(shown), "reason": "now"}))
        assert not was_shown(Typed({"code": "B", "shown": digest_of(shown)}))
        assert not was_shown(Typed({"code": "A"}))
