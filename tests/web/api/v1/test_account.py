"""The account, its packages and its statement over HTTP: at any moment, in pages, and not sent again unchanged."""

from datetime import timedelta

from tests.web.api.v1.client import Client, items
from tests.workers.events import NOW, grant, usage
from tests.workers.payments.harness import PaymentHarness


def long_ago(harness: PaymentHarness, seconds: int, **more: object) -> None:
    """Grant minutes at the moment at which the tests' events lie."""
    harness.minutes.apply(grant(harness.account, seconds, **more))


class TestAccount:
    def test_says_what_can_be_spent(self, harness: PaymentHarness, buyer: Client) -> None:
        long_ago(harness, 900)

        answer = buyer.get("/account")

        assert answer.status_code == 200
        said = answer.json()
        assert said["account_id"] == harness.account
        assert (said["available_seconds"], said["debt_seconds"], said["level"]) == (900, 0, "good")
        assert (said["locale"], said["currency"], said["time_zone"]) == ("ru", "RUB", "Europe/Moscow")
        assert (said["next_expiry"], said["is_blocked"], said["packages"], said["at"]) == (None, False, None, None)

    def test_is_not_sent_again_while_nothing_changes(self, harness: PaymentHarness, buyer: Client) -> None:
        long_ago(harness, 900)
        first = buyer.get("/account")

        again = buyer.get("/account", **{"If-None-Match": first.headers["ETag"]})
        weak = buyer.get("/account", **{"If-None-Match": f'"x", W/{first.headers["ETag"]}'})
        long_ago(harness, 60)
        changed = buyer.get("/account", **{"If-None-Match": first.headers["ETag"]})

        assert (again.status_code, again.content, again.headers["ETag"]) == (304, b"", first.headers["ETag"])
        assert weak.status_code == 304
        assert (changed.status_code, changed.json()["available_seconds"]) == (200, 960)
        assert changed.json()["sequence"] > first.json()["sequence"]

    def test_is_sent_again_when_a_package_ends_by_itself(self, harness: PaymentHarness, buyer: Client) -> None:
        long_ago(harness, 900, expires_at=harness.clock() + timedelta(days=1))
        first = buyer.get("/account")

        harness.offset += timedelta(days=2)
        later = buyer.get("/account", **{"If-None-Match": first.headers["ETag"]})

        assert first.json()["next_expiry"]["seconds"] == 900
        assert (later.status_code, later.json()["available_seconds"]) == (200, 0)

    def test_at_any_moment(self, harness: PaymentHarness, buyer: Client) -> None:
        long_ago(harness, 900)
        harness.minutes.apply(usage(harness.account, 300, at=NOW + timedelta(hours=1)), now=NOW + timedelta(hours=1))
        moment = (NOW + timedelta(minutes=30)).isoformat().replace("+00:00", "Z")

        then, now = buyer.get(f"/account?at={moment}").json(), buyer.get("/account").json()

        assert (then["available_seconds"], then["at"]) == (900, moment)
        assert now["available_seconds"] == 600

    def test_with_its_packages_and_a_forecast(self, harness: PaymentHarness, buyer: Client) -> None:
        long_ago(harness, 900)

        said = buyer.get("/account?include=packages&include=forecast").json()

        assert [package["left_seconds"] for package in said["packages"]] == [900]
        assert said["forecast"]["outlook"] == "not_enough_data"

    def test_refuses_what_is_no_moment_and_no_part(self, buyer: Client) -> None:
        answers = [buyer.get(f"/account?{query}") for query in ("at=yesterday", "at=1700000000", "include=secrets")]

        assert [answer.status_code for answer in answers] == [422] * 3
        assert answers[0].json()["errors"][0]["pointer"] == "/query/at"

    def test_of_any_account_for_a_server(self, harness: PaymentHarness, server: Client) -> None:
        long_ago(harness, 900)

        found, unknown = server.get(f"/accounts/{harness.account}"), server.get("/accounts/nobody")

        assert (found.status_code, found.json()["available_seconds"]) == (200, 900)
        assert (unknown.status_code, unknown.json()["code"]) == (404, "unknown_account")


class TestPackages:
    def test_come_in_pages_the_newest_first(self, harness: PaymentHarness, buyer: Client) -> None:
        for hour in range(5):
            long_ago(harness, 60 * (hour + 1), activated_at=NOW + timedelta(hours=hour))

        first = buyer.get("/packages?limit=2")
        second = buyer.session.get(buyer.url.removesuffix("/api/v1") + first.links["next"]["url"], timeout=5)
        third = buyer.get(f"/packages?limit=2&cursor={second.json()['next_cursor']}")

        pages = [[one["granted_seconds"] for one in items(page)] for page in (first, second, third)]
        assert pages == [[300, 240], [180, 120], [60]]
        assert (third.json()["next_cursor"], "Link" in third.headers) == (None, False)

    def test_refuse_the_cursor_of_another_list(self, harness: PaymentHarness, buyer: Client) -> None:
        for hour in range(3):
            long_ago(harness, 60, activated_at=NOW + timedelta(hours=hour))
        cursor = buyer.get("/packages?limit=1").json()["next_cursor"]

        answers = [buyer.get(f"/statement?cursor={cursor}"), buyer.get("/packages?cursor=e30")]

        assert [(one.status_code, one.json()["code"]) for one in answers] == [(400, "cursor_invalid")] * 2


class TestStatement:
    def test_says_why_and_for_which_usage(self, harness: PaymentHarness, buyer: Client) -> None:
        long_ago(harness, 900)
        harness.minutes.apply(usage(harness.account, 300, event_id="call-1"))

        [burn, granted] = items(buyer.get("/statement"))

        assert (burn["kind"], burn["seconds"], burn["left_seconds"]) == ("burn", -300, 600)
        assert burn["usage"]["id"] == "call-1"
        assert burn["reason"] == {"because": "only_one", "rival_id": None}
        assert (granted["kind"], granted["usage"], granted["reason"]) == ("grant", None, None)

    def test_comes_in_pages_that_never_repeat_a_line(self, harness: PaymentHarness, buyer: Client) -> None:
        for seconds in range(1, 8):
            long_ago(harness, 60 * seconds)
        cursor, lines = "", []
        while cursor is not None:
            page = buyer.get(f"/statement?limit=3{cursor and f'&cursor={cursor}'}")
            lines += [line["seconds"] for line in items(page)]
            cursor = page.json()["next_cursor"]

        assert lines == [60 * seconds for seconds in range(7, 0, -1)]
