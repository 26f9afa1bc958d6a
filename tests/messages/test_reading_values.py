"""Values that are wrong in an event that is otherwise good: which are accepted, and what is said of the others."""

from typing import Any

import pytest

from messages.queues import DUE
from tests.messages.builders import HOLE, accepted, body, filled, refused, usage


class TestSeconds:
    @pytest.mark.parametrize("unit", ["seconds", "minutes"])
    @pytest.mark.parametrize(
        "json",
        [
            *("0", "-0", "-1", "-60", "2678401", "9007199254740993", "9223372036854775808", "18446744073709551616"),
            *("60.0", "60.5", "6e1", "1e-7", "1e308", "true", "false", '"60"', '"60 s"', '"PT1M"', '""', "[]", "[60]"),
            *("{}", '{"value":60}'),
        ],
    )
    def test_that_are_no_positive_whole_number_of_at_most_31_days_are_rejected(self, unit: str, json: str) -> None:
        bytes_ = filled(usage(data={unit: HOLE}), json)

        found = refused(bytes_)

        assert (found.code, found.body) == ("Invalid", bytes_)
        assert found.reason.startswith(f"data.{unit}: ")

    def test_are_given_once_and_not_also_as_minutes(self) -> None:
        found = refused(body(usage(data={"seconds": 60, "minutes": 1})))

        assert found.code == "Invalid"
        assert "give exactly one of `seconds` and `minutes`" in found.reason

    @pytest.mark.parametrize("data", [{}, {"seconds": None}, {"seconds": None, "minutes": None}], ids=str)
    def test_are_missing(self, data: dict[str, None]) -> None:
        found = refused(body(usage(data=data)))

        assert found.reason.startswith("data: ")
        assert "give exactly one of `seconds` and `minutes`" in found.reason

    def test_say_what_was_given_and_what_would_be_right(self) -> None:
        found = refused(body(usage(data={"seconds": -5})))

        assert found.reason == "data.seconds: Input should be greater than 0 (given: -5)"

    @pytest.mark.parametrize(("unit", "most"), [("seconds", 36_000_000), ("minutes", 600_000)])
    def test_of_a_grant_have_a_limit_of_their_own(self, unit: str, most: int) -> None:
        grant = usage(type="screph.package.grant_requested.v1")

        assert (
            accepted(body(grant | {"data": {"kind": "promo", unit: most}})).envelope.data.granted_seconds == 36_000_000
        )
        assert f"data.{unit}" in refused(body(grant | {"data": {"kind": "promo", unit: most + 1}})).reason


class TestTime:
    @pytest.mark.parametrize(
        "time",
        [
            *(1_763_890_200, 1_763_890_200_000, 1.7e9, 0, -1, True, None, [], {}, ["2026-11-23T09:30:00Z"]),
            *("", "now", "1763890200", "2026-11-23", "09:30:00Z", "2026-11-23 09:30:00Z", "23.11.2026T09:30:00Z"),
            *("2026-11-23T09:30:00", "2026-11-23T09:30:00+25:00", "2026-11-23T09:30:00 Europe/Moscow"),
            *("2026-02-30T09:30:00Z", "2026-13-01T09:30:00Z", "2026-11-23T24:00:00Z", "2026-11-23T09:60:00Z"),
            *("0000-01-01T00:00:00Z", "0001-01-01T00:00:00+12:00", "1970-01-01T00:00:00Z", "1999-12-31T23:59:59Z"),
            *("3000-01-01T00:00:00Z", "9999-12-31T23:59:59-12:00", "12026-11-23T09:30:00Z", "-2026-11-23T09:30:00Z"),
            "T" * 1_000,
        ],
        ids=lambda time: repr(time)[:40],
    )
    def test_that_is_no_moment_is_rejected(self, time: Any) -> None:
        bytes_ = body(usage(time=time))

        found = refused(bytes_)

        assert (found.code, found.body) == ("Invalid", bytes_)
        assert found.reason.startswith("time: ")
        assert len(found.reason) < 300

    @pytest.mark.parametrize(
        "time",
        [
            "2026-11-23T09:30:00Z",
            "2026-11-23t09:30:00z",
            "2026-11-23T09:30:00+00:00",
            "2026-11-23T09:30:00-00:00",
            "2026-11-23T12:30:00+03:00",
            "2026-11-22T22:30:00-11:00",
            "2026-11-23T15:15:00.000+05:45",
        ],
    )
    def test_with_any_offset_is_the_same_moment_in_utc(self, time: str) -> None:
        moment = accepted(body(usage(time=time))).envelope.time

        assert moment.isoformat() == "2026-11-23T09:30:00+00:00"

    @pytest.mark.parametrize("time", ["2000-01-01T00:00:00Z", "2999-12-31T23:59:59.999999Z"])
    def test_may_be_in_any_year_from_2000_to_2999(self, time: str) -> None:
        assert accepted(body(usage(time=time))).envelope.time.year in (2000, 2999)

    @pytest.mark.parametrize("time", ["2000-01-01T00:00:00+14:00", "2999-12-31T23:59:59-12:00"])
    def test_is_in_one_of_those_years_in_utc(self, time: str) -> None:
        assert "years 2000 to 2999" in refused(body(usage(time=time))).reason


class TestMetadata:
    def test_may_be_of_4096_bytes(self) -> None:
        largest = {"text": "x" * (4_096 - len('{"text":""}'))}

        assert accepted(body(usage(data={"seconds": 60, "metadata": largest}))).envelope.data.metadata == largest

    def test_may_not_be_a_byte_larger(self) -> None:
        too_large = {"text": "x" * (4_097 - len('{"text":""}'))}

        found = refused(body(usage(data={"seconds": 60, "metadata": too_large})))

        assert found.reason.startswith("data.metadata: ")
        assert "is 4097 bytes of JSON; at most 4096 are stored" in found.reason

    def test_is_counted_in_bytes_and_not_in_characters(self) -> None:
        found = refused(body(usage(data={"seconds": 60, "metadata": {"text": "ж" * 2_100}})))

        assert found.reason.startswith("data.metadata: ")


class TestOtherData:
    @pytest.mark.parametrize(
        ("type_", "data", "where"),
        [
            ("usage.reported", {"seconds": 60, "metadata": []}, "data.metadata"),
            ("usage.reported", {"seconds": 60, "metadata": "{}"}, "data.metadata"),
            ("usage.reported", {"seconds": 60, "session_id": 5}, "data.session_id"),
            ("usage.reported", {"seconds": 60, "session_id": ""}, "data.session_id"),
            ("usage.reported", {"seconds": 60, "feature": "x" * 129}, "data.feature"),
            ("spend.requested", {"seconds": 0}, "data.seconds"),
            ("usage.reversed", {"reason": "r"}, "data.usage_id"),
            ("usage.reversed", {"usage_id": "u"}, "data.reason"),
            ("usage.reversed", {"usage_id": "u", "reason": ""}, "data.reason"),
            ("usage.reversed", {"usage_id": "u", "reason": "x" * 501}, "data.reason"),
            ("usage.reversed", {"usage_id": "u", "reason": "r", "our_fault": "yes"}, "data.our_fault"),
            ("usage.reversed", {"usage_id": "u", "reason": "r", "our_fault": 1}, "data.our_fault"),
            ("account.registered", {"email": "nobody"}, "data.email"),
            ("account.registered", {"email": "a@b@c"}, "data.email"),
            ("account.registered", {"email": f"{'x' * 250}@example.org"}, "data.email"),
            ("account.registered", {"locale": "русский"}, "data.locale"),
            ("account.registered", {"currency": "rub"}, "data.currency"),
            ("account.registered", {"currency": "RUBLE"}, "data.currency"),
            ("account.registered", {"currency": "RUB\n"}, "data.currency"),
            ("account.registered", {"time_zone": "Mars/Olympus"}, "data.time_zone"),
            ("account.registered", {"time_zone": "../../etc/passwd"}, "data.time_zone"),
            ("account.registered", {"referrer": ""}, "data.referrer"),
            ("package.grant_requested", {"seconds": 60}, "data.kind"),
            ("package.grant_requested", {"kind": "gift", "seconds": 60}, "data.kind"),
            ("package.grant_requested", {"kind": "promo"}, "data"),
            ("package.grant_requested", {"kind": "promo", "seconds": 60, "minutes": 1}, "data"),
            ("package.grant_requested", {"kind": "promo", "seconds": 60, "priority": -1}, "data.priority"),
            ("package.grant_requested", {"kind": "promo", "seconds": 60, "priority": 1001}, "data.priority"),
            ("package.grant_requested", {"kind": "promo", "seconds": 60, "priority": True}, "data.priority"),
            ("package.grant_requested", {"kind": "promo", "seconds": 60, "expires_at": 1.7e9}, "data.expires_at"),
            (
                "package.grant_requested",
                {"kind": "promo", "seconds": 60, "expires_at": "2026-11-23T00:00:00"},
                "data.expires_at",
            ),
        ],
        ids=str,
    )
    def test_that_is_wrong_is_rejected_and_named(self, type_: str, data: dict[str, Any], where: str) -> None:
        bytes_ = body(usage(type=f"screph.{type_}.v1", data=data))

        found = refused(bytes_)

        assert (found.code, found.body) == ("Invalid", bytes_)
        assert found.reason.startswith(f"{where}: ")

    def test_of_a_sweep_is_empty(self) -> None:
        sweep = usage(type="screph.expiry_sweep.requested.v1", data={"account": "4711"})

        assert refused(body(sweep), queue=DUE).reason.startswith("data.account: ")
