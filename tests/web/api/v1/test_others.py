"""Products, usages, promotions, referrals, notices, push, portal sessions and tokens over HTTP."""

import uuid
from collections.abc import Callable

import pytest

from domain.access.scope import TokenKind
from messages.promotions.referrals import ReferralTermsSetRequested
from store.minutes.book import lock_account
from store.promotions.tries import add_try
from store.transaction import transaction
from tests.servers.waiting import wait_until
from tests.web.api.v1.client import Client, items
from tests.web.api.v1.conftest import PORTAL
from tests.workers.events import grant, registered, usage
from tests.workers.payments.harness import PaymentHarness, fresh_harness
from tests.workers.promotions.harness import PromotionHarness
from workers.access.sessions import sign_in
from workers.submit import Submission, submit

PUSH = {"endpoint": "https://fcm.googleapis.com/fcm/send/secret", "keys": {"p256dh": "BAbc_1-", "auth": "x-_9"}}


class TestProducts:
    def test_are_those_with_a_price_in_the_callers_language(self, buyer: Client, server: Client) -> None:
        russian = items(buyer.get("/products?currency=RUB&locale=ru"))
        english = items(server.get("/products", **{"Accept-Language": "en"}))
        yen = items(buyer.get("/products?currency=JPY"))

        assert [product["id"] for product in russian] == ["standard", "month", "monthly"]
        assert (russian[0]["name"], english[0]["name"]) == ("Стандартный", "Standard")
        assert [(one["id"], one["price"]) for one in yen] == [("standard", {"amount_minor": 1_000, "currency": "JPY"})]

    def test_are_read_one_by_one(self, buyer: Client) -> None:
        found, gone, dear = (buyer.get(f"/products/{name}") for name in ("month", "old", "month?currency=JPY"))

        assert (found.json()["valid_days"], gone.status_code, dear.status_code) == (30, 404, 404)


class TestUsages:
    def test_are_explained(self, harness: PaymentHarness, buyer: Client) -> None:
        harness.minutes.apply(grant(harness.account, 900), usage(harness.account, 300, event_id="call-7"))
        [line] = [line for line in items(buyer.get("/statement")) if line["kind"] == "burn"]

        answer = buyer.get(f"/usages/{line['usage']['id']}?source={line['usage']['source']}")

        said = answer.json()
        assert (said["used_seconds"], said["burnt_seconds"], said["reversed_at"]) == (300, 300, None)
        assert [(one["kind"], one["seconds"]) for one in said["lines"]] == [("burn", -300)]
        assert said["packages"][0]["left_seconds"] == 600

    def test_of_somebody_else_are_not_there(self, harness: PaymentHarness, buyer: Client) -> None:
        other = fresh_harness(harness.engine)
        other.minutes.apply(grant(other.account, 900), usage(other.account, 300, event_id="call-8"))

        assert buyer.get("/usages/call-8").json()["code"] == "not_found"

    def test_are_reported_once(self, harness: PaymentHarness, buyer: Client, server: Client) -> None:
        harness.minutes.apply(grant(harness.account, 900))
        wanted = {"account_id": harness.account, "seconds": 120, "feature": "record"}

        first, again = (server.post("/usages", wanted, key="call-9") for _ in range(2))
        other = server.post("/usages", wanted | {"seconds": 60}, key="call-9")

        assert (first.status_code, first.json()["source"]) == (201, "api/report_usage/screph-1")
        assert (again.json(), again.headers["Idempotent-Replayed"]) == (first.json(), "true")
        assert (other.status_code, other.json()["code"]) == (422, "idempotency_key_reused")
        assert buyer.get("/account").json()["available_seconds"] == 780

    def test_are_not_reported_by_buyers_or_from_the_future(
        self, harness: PaymentHarness, buyer: Client, server: Client
    ) -> None:
        wanted = {"account_id": harness.account, "seconds": 120}

        answers = [
            buyer.post("/usages", wanted),
            server.post("/usages", wanted | {"occurred_at": "2999-01-01T00:00:00Z"}),
            server.post("/usages", wanted | {"seconds": 0}),
        ]

        assert [answer.json()["code"] for answer in answers] == ["forbidden", "from_the_future", "invalid"]


class TestPromotions:
    def test_are_redeemed_once(self, harness: PaymentHarness, buyer: Client) -> None:
        code = PromotionHarness(harness.engine, harness).create("bonus_seconds", seconds=1_800, needs_purchase=False)

        first = buyer.post("/promotions/redemptions", {"code": code["text"]}, key="r")
        again = buyer.post("/promotions/redemptions", {"code": code["text"]}, key="r")
        twice = buyer.post("/promotions/redemptions", {"code": code["text"]})

        assert (first.status_code, first.json()["granted_seconds"]) == (201, 1_800), first.text
        assert again.json() == first.json()
        assert (twice.status_code, twice.json()["code"]) == (409, "used_by_you")
        assert buyer.get("/account").json()["available_seconds"] == 1_800

    def test_cannot_be_guessed_for_ever(self, buyer: Client) -> None:
        codes = [
            buyer.post("/promotions/quotes", {"product_id": "standard", "codes": [f"GUESS{n}"]}, key=None).json()[
                "code"
            ]
            for n in range(12)
        ]

        assert (codes[0], codes[-1]) == ("unknown_code", "too_many_tries")

    def test_cannot_be_guessed_from_one_address_by_many_accounts(
        self, harness: PaymentHarness, buyer: Client, server: Client
    ) -> None:
        wanted = {"product_id": "standard", "codes": ["GUESS"]}
        home = f"8.8.{uuid.uuid4().int % 250}.{uuid.uuid4().int % 250}"
        with transaction(harness.engine) as session:
            stranger = lock_account(session, f"stranger-{uuid.uuid4()}")
            for _ in range(50):
                add_try(session, stranger, home, at=harness.clock())

        there = buyer.post("/promotions/quotes", wanted, key=None, **{"X-Forwarded-For": home}).json()["code"]
        elsewhere = buyer.post("/promotions/quotes", wanted, key=None, **{"X-Forwarded-For": "9.9.9.9"}).json()["code"]
        for_many = server.post(
            f"/accounts/{harness.account}/promotions/quotes", wanted, key=None, **{"X-Forwarded-For": home}
        ).json()["code"]

        assert (there, elsewhere, for_many) == ("too_many_tries", "unknown_code", "unknown_code")

    def test_redeemed_again_from_another_network_is_a_repeat(self, harness: PaymentHarness, buyer: Client) -> None:
        code = PromotionHarness(harness.engine, harness).create("bonus_seconds", seconds=1_800, needs_purchase=False)
        body = {"code": code["text"]}

        first = buyer.post("/promotions/redemptions", body, key="r", **{"X-Forwarded-For": "8.8.8.8"})
        again = buyer.post("/promotions/redemptions", body, key="r", **{"X-Forwarded-For": "9.9.9.9"})

        assert (first.status_code, again.status_code) == (201, 201)
        assert again.json() == first.json()


class TestReferrals:
    def test_have_one_code_for_ever(self, buyer: Client) -> None:
        first, again = buyer.get("/referrals/code"), buyer.get("/referrals/code")

        assert (first.status_code, first.json()) == (200, again.json())
        assert first.json()["link"].endswith(f"/invited/{first.json()['code']}")

    def test_are_taken_once_and_listed_without_names(
        self, harness: PaymentHarness, buyer: Client, of_kind: Callable[[TokenKind, str], Client]
    ) -> None:
        terms = {"referrer_seconds": 1_800, "friend_seconds": 900, "created_by": "ann"}
        submit(harness.context, Submission(ReferralTermsSetRequested, None, terms, "test"))
        other = fresh_harness(harness.engine)
        other.minutes.apply(registered(other.account))
        friend = of_kind(TokenKind.USER, other.account)
        code = buyer.get("/referrals/code").json()["code"]

        taken = friend.post("/referrals", {"code": code})
        twice, own = friend.post("/referrals", {"code": code}), buyer.post("/referrals", {"code": code})

        assert taken.status_code == 201, taken.text
        assert [twice.json()["code"], own.json()["code"]] == ["invited_already", "own_invitation"]
        [line] = items(buyer.get("/referrals"))
        assert line["id"] == taken.json()["referral_id"]
        assert other.account not in str(line)
        assert items(friend.get("/referrals")) == []


class TestNotices:
    def test_are_chosen(self, buyer: Client) -> None:
        wish = {"kind": "low_balance", "channel": "mail", "is_wanted": False}

        changed = buyer.put("/notice-preferences", {"wishes": [wish], "quiet_from": "21:30", "quiet_until": "07:00"})
        said = buyer.get("/notice-preferences").json()

        assert changed.json() == said
        assert wish in said["wishes"]
        assert (said["quiet_from"], said["quiet_until"]) == ("21:30", "07:00")
        assert buyer.put("/notice-preferences", {"quiet_from": "25:00"}).status_code == 422

    def test_are_listed(self, harness: PaymentHarness, buyer: Client) -> None:
        assert items(buyer.get("/notices")) == []


class TestPush:
    def test_is_subscribed_listed_and_ended(self, buyer: Client) -> None:
        made = buyer.post("/push-subscriptions", PUSH)
        listed = buyer.get("/push-subscriptions")
        ended = buyer.delete(f"/push-subscriptions/{made.json()['id']}")

        assert (made.status_code, items(listed)) == (201, [made.json()])
        assert "secret" not in listed.text
        assert (ended.status_code, items(buyer.get("/push-subscriptions"))) == (204, [])
        assert buyer.delete(f"/push-subscriptions/{made.json()['id']}").status_code == 404

    @pytest.mark.parametrize("endpoint", ["https://GV}992][", "https://[", "https://:8", "ftp://push.example/x", ""])
    def test_of_an_address_that_names_no_host_is_refused(self, buyer: Client, endpoint: str) -> None:
        answer = buyer.post("/push-subscriptions", PUSH | {"endpoint": endpoint})

        assert (answer.status_code, answer.json()["code"]) == (422, "invalid")


class TestPortalSessions:
    def test_open_the_portal_once(self, harness: PaymentHarness, buyer: Client) -> None:
        answer = buyer.post("/portal-sessions", {"task": "buy"}, key=None)

        url = answer.json()["url"]
        assert (answer.status_code, url.startswith(f"{PORTAL}/enter/")) == (201, True)
        link = url.removeprefix(f"{PORTAL}/enter/")
        begun = sign_in(harness.context, link, device=None)
        assert begun is not None
        assert begun.task == "/buy"
        assert sign_in(harness.context, link, device=None) is None

    def test_lead_to_pages_of_ours_alone(self, harness: PaymentHarness, buyer: Client, server: Client) -> None:
        answers = [
            buyer.post("/portal-sessions", {"task": "https://evil.example"}, key=None),
            server.post("/accounts/nobody-knows/portal-sessions", {}, key=None),
            server.post(f"/accounts/{harness.account}/portal-sessions", {}, key=None),
        ]

        assert [answer.status_code for answer in answers] == [422, 404, 201]


class TestTokens:
    def test_are_listed_without_their_text_and_revoked(
        self, harness: PaymentHarness, buyer: Client, of_kind: Callable[[TokenKind, str], Client]
    ) -> None:
        second = of_kind(TokenKind.USER, harness.account)
        newest, first = items(buyer.get("/tokens"))

        ended = buyer.delete(f"/tokens/{newest['number']}")

        assert (newest["is_this"], first["is_this"], first["kind"]) == (False, True, "user")
        assert ended.status_code == 204
        wait_until(lambda: second.get("/account").status_code == 401, "it is refused", limit_s=6)
        assert items(buyer.get("/tokens"))[0]["revoked_at"]

    def test_of_somebody_else_are_not_there(
        self, harness: PaymentHarness, buyer: Client, of_kind: Callable[[TokenKind, str], Client]
    ) -> None:
        other = fresh_harness(harness.engine)
        other.minutes.apply(registered(other.account))
        theirs = of_kind(TokenKind.USER, other.account)
        [token] = items(theirs.get("/tokens"))

        answer = buyer.delete(f"/tokens/{token['number']}")

        assert answer.status_code == 404
        assert items(theirs.get("/tokens"))[0]["revoked_at"] is None
