"""Granting: default priorities by kind, and periods that are not empty."""

from datetime import timedelta, timezone

import pytest

from domain.minutes.book import Book
from domain.minutes.entry import EntryKind
from domain.minutes.grant import UnableToGrant, new_package
from domain.minutes.package import Package, PackageKind, PackageState
from tests.domain.minutes.builders import DAY, INSTANT, NOON, entry


class TestNewPackage:
    def test_is_empty_and_active(self) -> None:
        package = new_package("p", "account", kind=PackageKind.PURCHASED, activated_at=NOON)

        assert package == Package("p", "account", PackageKind.PURCHASED, 100, NOON, None)
        assert package.left_seconds == package.granted_seconds == 0
        assert package.state is PackageState.ACTIVE

    @pytest.mark.parametrize(
        ("kind", "priority"),
        [
            (PackageKind.PROMO, 10),
            (PackageKind.BONUS, 10),
            (PackageKind.SUPPORT, 10),
            (PackageKind.PURCHASED, 100),
            (PackageKind.SUBSCRIPTION, 100),
        ],
    )
    def test_has_the_priority_of_its_kind(self, kind: PackageKind, priority: int) -> None:
        package = new_package("p", "account", kind=kind, activated_at=NOON)

        assert package.priority == priority

    @pytest.mark.parametrize("kind", PackageKind)
    def test_has_a_priority_whatever_its_kind(self, kind: PackageKind) -> None:
        assert new_package("p", "account", kind=kind, activated_at=NOON).priority > 0

    @pytest.mark.parametrize("priority", [0, 1, 1000])
    def test_takes_the_priority_it_is_given(self, priority: int) -> None:
        package = new_package("p", "account", kind=PackageKind.PROMO, activated_at=NOON, priority=priority)

        assert package.priority == priority

    def test_may_last_an_instant(self) -> None:
        package = new_package("p", "account", kind=PackageKind.PROMO, activated_at=NOON, expires_at=NOON + INSTANT)

        assert package.period.contains(NOON)
        assert package.has_ended(NOON + INSTANT)

    @pytest.mark.parametrize("expires_at", [NOON, NOON - INSTANT, NOON - DAY])
    def test_refuses_a_period_that_could_never_be_used(self, expires_at) -> None:
        with pytest.raises(UnableToGrant, match="is not after `activated_at` 2026-11-23T12:00:00"):
            new_package("p", "account", kind=PackageKind.PROMO, activated_at=NOON, expires_at=expires_at)

    def test_compares_moments_and_not_clocks_on_the_wall(self) -> None:
        same_moment = NOON.astimezone(timezone(timedelta(hours=9)))

        with pytest.raises(UnableToGrant):
            new_package("p", "account", kind=PackageKind.PROMO, activated_at=NOON, expires_at=same_moment)

    def test_is_filled_by_a_grant_entry(self) -> None:
        book = Book("account")
        book.add(new_package("p", "account", kind=PackageKind.PURCHASED, activated_at=NOON))

        book.write(entry(EntryKind.GRANT, 600, "p"))

        assert book.packages["p"].granted_seconds == book.packages["p"].left_seconds == 600
