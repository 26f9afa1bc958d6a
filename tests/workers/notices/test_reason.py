"""A notice that has lost its reason while it waited is not sent, and says why."""

from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from domain.catalogue.product import Product, ProductKind, Wording
from domain.gateway.payment import SavedMethod
from domain.money import Money
from domain.notices.content import (
    CardExpiring,
    LowBalance,
    OutOfMinutes,
    PackageExpired,
    PackageExpiring,
    PackageStarting,
    RenewalComing,
    SubscriptionChanged,
    SubscriptionEnded,
)
from domain.notices.notice import CONTENT, NoticeContent, NoticeKind
from domain.periods import PeriodUnit
from store.payments.method import save_method
from store.transaction import transaction
from tests.domain.notices.contents import filled
from tests.domain.subscriptions.builders import subscription
from tests.workers.events import DAY, HOUR, NOW, grant, usage
from tests.workers.notices.harness import NoticesHarness
from workers.notices.subscription_reason import as_it_comes

MINUTE = timedelta(minutes=1)
LOW = LowBalance(available_seconds=540, threshold_seconds=600)


def only(harness: NoticesHarness) -> tuple[str, str | None]:
    """State and reason of the one notice."""
    [row] = harness.notices()
    return row["state"], row["reason"]


def package(harness: NoticesHarness, seconds: int = 3_600, **more: object) -> str:
    """Grant a package and return its id."""
    harness.minutes.apply(grant(harness.account, seconds, **more), now=harness.now)  # type: ignore[arg-type]
    return str(harness.minutes.packages()[-1]["id"])


class TestReasons:
    def test_of_a_package_that_expires_is_what_is_left_in_it(self, harness: NoticesHarness) -> None:
        end = NOW + 7 * DAY
        package_id = package(harness, expires_at=end)
        harness.minutes.apply(usage(harness.account, 600))

        harness.owe(NoticeKind.PACKAGE_EXPIRING, PackageExpiring(package_id, "purchased", 3_600, end, 7))

        text = harness.mail.received[0].mail.get_body(("plain",)).get_content()  # type: ignore[union-attr]
        assert only(harness) == ("sent", None)
        assert "3600" not in text

    @pytest.mark.parametrize(
        ("days", "used", "now", "why"),
        [
            (7, 3_600, NOW, "nothing is left in the package"),
            (1, 0, NOW + 7 * DAY, "the package has ended already"),
            (7, 0, NOW + 6 * DAY, "the notice of the last day is due"),
        ],
    )
    def test_of_a_package_that_expires_may_be_gone(
        self, harness: NoticesHarness, days: int, used: int, now: object, why: str
    ) -> None:
        end = NOW + 7 * DAY
        package_id = package(harness, expires_at=end)
        if used:
            harness.minutes.apply(usage(harness.account, used))
        harness.now = now  # type: ignore[assignment]

        harness.owe(NoticeKind.PACKAGE_EXPIRING, PackageExpiring(package_id, "purchased", 3_600, end, days))

        assert only(harness) == ("dropped", why)
        assert harness.mail.received == []

    def test_of_a_package_that_nobody_knows_is_gone(self, harness: NoticesHarness) -> None:
        nobody = "00000000-0000-5000-8000-000000000000"

        harness.owe(NoticeKind.PACKAGE_STARTING, PackageStarting(nobody, "promo", 60, NOW))

        assert only(harness) == ("dropped", "nothing is left in the package")

    def test_of_a_low_balance_is_the_balance_now(self, harness: NoticesHarness) -> None:
        package(harness, 500)

        harness.owe(NoticeKind.LOW_BALANCE, LOW)

        assert only(harness) == ("sent", None)

    @pytest.mark.parametrize(
        ("seconds", "why"),
        [
            (3_600, "the balance is not low any more"),
            (0, "the last minute is used, which has a notice of its own"),
        ],
    )
    def test_of_a_low_balance_may_be_gone(self, harness: NoticesHarness, seconds: int, why: str) -> None:
        if seconds:
            package(harness, seconds)

        harness.owe(NoticeKind.LOW_BALANCE, LOW)

        assert only(harness) == ("dropped", why)

    def test_of_being_out_of_minutes_ends_with_a_purchase(self, harness: NoticesHarness) -> None:
        package(harness)

        harness.owe(NoticeKind.OUT_OF_MINUTES, OutOfMinutes(NOW, 0))

        assert only(harness) == ("dropped", "there are minutes again")

    @pytest.mark.parametrize(
        ("kind", "changes", "why"),
        [
            (NoticeKind.CARD_EXPIRING, {"expires_on": (NOW - DAY).date()}, "the card has expired already"),
        ],
    )
    def test_of_what_was_to_come_ends_when_it_has_come(
        self, harness: NoticesHarness, kind: NoticeKind, changes: dict[str, object], why: str
    ) -> None:
        content: NoticeContent = replace(filled(kind), **changes)  # type: ignore[arg-type]

        harness.owe(kind, content)

        assert only(harness) == ("dropped", why)

    def test_of_a_closed_account_is_gone_even_for_a_receipt(self, harness: NoticesHarness) -> None:
        harness.execute("UPDATE account SET closed_at = :at WHERE id = :account", at=NOW)

        harness.owe(NoticeKind.PURCHASE_RECEIPT, filled(NoticeKind.PURCHASE_RECEIPT))

        assert only(harness) == ("dropped", "the account is closed")

    def test_that_is_not_about_money_is_too_old_after_three_days(self, harness: NoticesHarness) -> None:
        server = harness.channels.mail
        harness.without_mail()
        harness.owe(NoticeKind.SUBSCRIPTION_ENDED, filled(NoticeKind.SUBSCRIPTION_ENDED))
        harness.owe(NoticeKind.PURCHASE_RECEIPT, filled(NoticeKind.PURCHASE_RECEIPT))
        harness.now += 3 * DAY + MINUTE
        harness.channels = replace(harness.channels, mail=server)

        assert harness.tick() == {"dropped": 1, "sent": 1}
        assert harness.states() == [("subscription_ended", "dropped"), ("purchase_receipt", "sent")]

    @pytest.mark.parametrize(
        "content",
        [
            PackageStarting("p", "promo", 60, NOW - 4 * DAY),
            PackageExpired("p", "promo", 60, NOW - 4 * DAY),
            OutOfMinutes(NOW - 4 * DAY, 0),
            SubscriptionEnded("s", "Small", NOW - 4 * DAY, is_unpaid=False),
        ],
        ids=lambda content: type(content).__name__,
    )
    def test_that_lies_back_for_longer_is_too_old_when_it_is_owed(
        self, harness: NoticesHarness, content: NoticeContent
    ) -> None:
        [kind] = (kind for kind, model in CONTENT.items() if model is type(content))

        harness.owe(kind, content)

        assert only(harness) == ("dropped", "it comes too late")

    @pytest.mark.parametrize("days", [0, 2])
    def test_that_lies_back_for_some_days_is_still_told(self, harness: NoticesHarness, days: int) -> None:
        ended = SubscriptionEnded("s", "Small", NOW - days * DAY, is_unpaid=False)

        harness.owe(NoticeKind.SUBSCRIPTION_ENDED, ended)

        assert only(harness) == ("sent", None)


class TestReasonsOfSubscriptions:
    @pytest.mark.parametrize(
        ("kind", "status", "columns", "why"),
        [
            (NoticeKind.RENEWAL_COMING, "active", {}, None),
            (
                NoticeKind.RENEWAL_COMING,
                "active",
                {"period_end": NOW + 31 * DAY},
                "the renewal comes at another moment",
            ),
            (
                NoticeKind.RENEWAL_COMING,
                "active",
                {"cancel_at_period_end": True},
                "the subscription will not be charged",
            ),
            (NoticeKind.RENEWAL_COMING, "paused", {"paused_at": NOW}, "the subscription will not be charged"),
            (NoticeKind.RENEWAL_COMING, "paused", {"paused_at": NOW, "resumes_at": NOW + DAY}, None),
            (
                NoticeKind.RENEWAL_COMING,
                "paused",
                {"paused_at": NOW, "resumes_at": NOW + 40 * DAY},
                "the renewal comes at another moment",
            ),
            (NoticeKind.PAYMENT_FAILED, "past_due", {"first_failed_at": NOW, "failed_attempts": 1}, None),
            (NoticeKind.PAYMENT_FAILED, "active", {}, "the renewal is paid"),
            (NoticeKind.PAYMENT_FAILED, "cancelled", {"ended_at": NOW}, "the subscription is not charged any more"),
            (
                NoticeKind.ACTION_NEEDED,
                "past_due",
                {"first_failed_at": NOW, "failed_attempts": 1, "needs_buyer": True},
                None,
            ),
            (
                NoticeKind.ACTION_NEEDED,
                "past_due",
                {"first_failed_at": NOW, "failed_attempts": 1},
                "the buyer has done their part",
            ),
            (NoticeKind.ACTION_NEEDED, "active", {}, "the renewal is paid"),
            (NoticeKind.SUBSCRIPTION_CANCELLED, "active", {"cancel_at_period_end": True}, None),
            (NoticeKind.SUBSCRIPTION_CANCELLED, "active", {}, "the cancellation was taken back"),
        ],
    )
    def test_are_as_the_subscription_stands_now(
        self, harness: NoticesHarness, kind: NoticeKind, status: str, columns: dict[str, object], why: str | None
    ) -> None:
        harness.subscription(status, **columns)
        content = filled(kind)
        if kind is NoticeKind.RENEWAL_COMING:
            content = replace(content, charged_at=NOW + 30 * DAY - 6 * HOUR)  # type: ignore[type-var]

        harness.owe(kind, content)

        assert only(harness) == ("sent" if why is None else "dropped", why)

    def test_are_gone_where_the_buyer_pays_each_renewal_by_hand(self, harness: NoticesHarness) -> None:
        harness.shop = replace(harness.shop, without_renewals=frozenset({"stripe"}))
        harness.subscription()
        content = replace(filled(NoticeKind.RENEWAL_COMING), charged_at=NOW + 30 * DAY - 6 * HOUR)  # type: ignore[type-var]

        harness.owe(NoticeKind.RENEWAL_COMING, content)

        assert "charges nobody without the buyer" in only(harness)[1]

    @pytest.mark.parametrize("kind", [NoticeKind.SUBSCRIPTION_STARTED, NoticeKind.PURCHASE_RECEIPT])
    @pytest.mark.parametrize("without_renewals", [frozenset(), frozenset({"stripe"})])
    def test_that_it_begins_say_who_will_pay_as_the_contract_with_its_gateway_is_now(
        self, harness: NoticesHarness, kind: NoticeKind, without_renewals: frozenset[str]
    ) -> None:
        harness.shop = replace(harness.shop, without_renewals=without_renewals)
        harness.subscription(next_attempt_at=NOW + 30 * DAY - 6 * HOUR)

        harness.owe(kind, replace(filled(kind), is_paid_by_hand=not without_renewals))  # type: ignore[call-arg]

        text = harness.mail.received[0].mail.get_body(("plain",)).get_content()  # type: ignore[union-attr]
        says = ["Сами мы ничего не спишем" in text, "Она продлевается сама" in text]
        assert says == [bool(without_renewals), not without_renewals]

    def test_are_gone_when_it_is_due_or_unknown(self, harness: NoticesHarness) -> None:
        harness.owe(NoticeKind.RENEWAL_COMING, filled(NoticeKind.RENEWAL_COMING), "1")
        harness.subscription()
        harness.owe(NoticeKind.RENEWAL_COMING, filled(NoticeKind.RENEWAL_COMING), "2")

        assert [row["reason"] for row in harness.notices()] == [
            "there is no such subscription",
            "the renewal is due already",
        ]


class TestAChangeThatComes:
    @pytest.mark.parametrize(
        ("next_minor", "effective_at", "why"),
        [
            (100, NOW + 30 * DAY, None),
            (200, NOW + 30 * DAY, "the change does not wait any more"),
            (None, NOW + 30 * DAY, "the change does not wait any more"),
            (None, NOW - HOUR, None),
        ],
    )
    def test_is_told_while_it_waits(
        self, harness: NoticesHarness, next_minor: int | None, effective_at: datetime, why: str | None
    ) -> None:
        harness.subscription()
        if next_minor is not None:
            harness.execute("UPDATE subscription SET next_product_id = 'p', next_price_minor = :m", m=next_minor)
        to_come = SubscriptionChanged("some-text", "Small", "Large", Money(100, "RUB"), "month", effective_at)

        harness.owe(NoticeKind.SUBSCRIPTION_CHANGED, to_come)

        assert only(harness) == ("sent" if why is None else "dropped", why)


class TestACardThatExpires:
    @pytest.mark.parametrize(
        ("change", "pays_topup", "why"),
        [
            ("label = label", False, None),
            ("ended_at = now(), end_reason = 'forgotten'", False, "the card is not charged any more"),
            ("expires_on = expires_on + 365", False, "the card has another last day now"),
            ("preferred_at = preferred_at - interval '1 day'", False, "another method is charged first now"),
            ("preferred_at = preferred_at - interval '1 day'", True, None),
        ],
    )
    def test_is_told_of_while_it_is_charged(
        self, harness: NoticesHarness, change: str, pays_topup: bool, why: str | None
    ) -> None:
        last_day = (NOW + 9 * DAY).date()
        tokens = (f"{harness.account}-old", f"{harness.account}-new")
        with transaction(harness.engine) as session:
            numbers = [
                save_method(session, harness.account, "stripe", SavedMethod(token, None, "Visa", last_day), at=at)
                for token, at in zip(tokens, (NOW, NOW - HOUR), strict=True)
            ]
        harness.execute(f"UPDATE saved_method SET {change} WHERE id = :id", id=numbers[0])
        content = CardExpiring("Visa", "stripe", last_day, not pays_topup, pays_topup, numbers[0])

        harness.owe(NoticeKind.CARD_EXPIRING, content)

        assert only(harness) == ("sent" if why is None else "dropped", why)


class TestATopupThatFailed:
    @pytest.mark.parametrize(("is_on", "why"), [(False, None), (True, "automatic top-up is switched on again")])
    def test_is_told_until_it_is_switched_on_again(self, harness: NoticesHarness, is_on: bool, why: str | None) -> None:
        harness.execute(
            "INSERT INTO product (id, kind, granted_seconds) VALUES ('p', 'one_off', 60) ON CONFLICT DO NOTHING"
        )
        harness.execute(
            "INSERT INTO topup (id, account, product, currency, threshold_seconds, max_per_day, cooldown_seconds, is_on,"
            " message_id, set_at, created_at, updated_at, sequence) SELECT gen_random_uuid(), account.number,"
            " product.number, 'RUB', 600, 3, 3600, :is_on, 1, :at, :at, :at, 0 FROM account, product"
            " WHERE account.id = :account AND product.id = 'p'",
            is_on=is_on,
            at=NOW,
        )

        harness.owe(NoticeKind.TOPUP_FAILED, filled(NoticeKind.TOPUP_FAILED))

        assert only(harness) == ("sent" if why is None else "dropped", why)


class TestARenewalThatComes:
    @pytest.mark.parametrize("has_method", [True, False])
    def test_says_by_which_method_it_is_paid(self, harness: NoticesHarness, has_method: bool) -> None:
        harness.subscription()
        if has_method:
            method = SavedMethod(f"{harness.account}-m", None, "Visa •• 4242", None)
            with transaction(harness.engine) as session:
                save_method(session, harness.account, "stripe", method, at=NOW)
        content = replace(filled(NoticeKind.RENEWAL_COMING), charged_at=NOW + 30 * DAY - 6 * HOUR)  # type: ignore[type-var]

        harness.owe(NoticeKind.RENEWAL_COMING, content)

        text = harness.mail.received[0].mail.get_body(("plain",)).get_content()  # type: ignore[union-attr]
        assert ("4242" in text, "Не сохранён способ оплаты" in text) == (has_method, not has_method)

    def test_is_told_with_the_product_and_the_price_that_it_will_have(self) -> None:
        changes = subscription(
            next_product_id="large",
            next_price_minor=49_900,
            discount_periods_left=1,
            discounted_price_minor=30_000,
        )
        large = Product(
            "large", ProductKind.SUBSCRIPTION, 600, None, wordings={"en": Wording("L")}, period=PeriodUnit.YEAR
        )
        told = RenewalComing("s", "Small", Money(19_900, "RUB"), PeriodUnit.MONTH, NOW)

        as_changed, as_it_was = as_it_comes(changes, large, None, told), as_it_comes(subscription(), None, None, told)

        assert as_changed == RenewalComing("s", "L", Money(30_000, "RUB"), PeriodUnit.YEAR, NOW, lacks_method=True)
        assert as_it_was == replace(told, lacks_method=True)


class TestQuietHours:
    def test_put_off_what_is_not_about_money(self, harness: NoticesHarness) -> None:
        harness.subscription("past_due", first_failed_at=NOW, failed_attempts=1)
        harness.describe(time_zone="Asia/Vladivostok")  # 22:00 there

        harness.owe(NoticeKind.SUBSCRIPTION_ENDED, filled(NoticeKind.SUBSCRIPTION_ENDED))
        harness.owe(NoticeKind.PAYMENT_FAILED, filled(NoticeKind.PAYMENT_FAILED))

        assert harness.states() == [("subscription_ended", "waiting"), ("payment_failed", "sent")]
        assert harness.notices()[0]["due_at"] == NOW + 10 * HOUR
        harness.now += 10 * HOUR - MINUTE
        assert harness.tick() == {}
        harness.now += MINUTE
        assert harness.tick() == {"sent": 1}

    def test_are_the_accounts_own(self, harness: NoticesHarness) -> None:
        harness.execute("UPDATE account SET quiet_from = '11:30', quiet_until = '12:30' WHERE id = :account")

        harness.owe(NoticeKind.SUBSCRIPTION_ENDED, filled(NoticeKind.SUBSCRIPTION_ENDED))

        assert harness.notices()[0]["due_at"] == NOW + 30 * MINUTE

    def test_give_a_notice_the_time_to_lose_its_reason(self, harness: NoticesHarness) -> None:
        harness.describe(time_zone="Asia/Vladivostok")
        package_id = package(harness, 500)
        harness.owe(NoticeKind.LOW_BALANCE, LOW)
        harness.minutes.apply(grant(harness.account, 36_000), now=NOW)
        harness.now += 11 * HOUR

        assert harness.tick() == {"dropped": 1}
        assert package_id
