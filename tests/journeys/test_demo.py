"""A newcomer types `make demo`."""

import re
import subprocess
from collections import Counter
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest

from tests.journeys.billing import Billing


class Demo:
    """A demonstration that was played: what it printed, and the commands on what it left behind."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder / "demo"
        self.mails = self.folder / "mails"
        self.done: subprocess.CompletedProcess[str] = Billing({"EMBEDDED_DIR": str(folder)}, limit_seconds=110)("demo")
        self.billing = Billing({"EMBEDDED_DIR": str(self.folder), "BILLING_CLOCK": str(self.folder / "clock")})

    def rows(self, title: str) -> list[list[str]]:
        """Return the cells of a table that was printed; a cell has one line."""
        _, _, after = self.done.stdout.partition(title)
        lines = [line for line in after.partition("└")[0].splitlines() if line.startswith("│")]
        return [[cell.strip() for cell in line.strip("│").split("│")] for line in lines]

    def orders(self, account: str) -> list[Any]:
        """Return the orders of an account with their attempts and packages, the oldest first."""
        listed = self.billing.json("orders", "list", "--account", account)["orders"]
        return [self.billing.json("orders", "show", line["id"]) for line in reversed(listed)]

    def notices(self, account: str) -> list[Any]:
        """Return the notices of an account."""
        listed: list[Any] = self.billing.json("notices", "list", "--account", account, "--limit", "1000")["notices"]
        return listed


@pytest.fixture(scope="module")
def demo() -> Iterator[Demo]:
    """
    Play the demonstration, once for all of these tests.

    Not in a folder of pytest's: whichever other pytest of the same user begins closes their common folder to all other
    users, and the embedded PostgreSQL is another one where root runs it.
    """
    with TemporaryDirectory(prefix="billing-demo-") as folder:
        yield Demo(Path(folder))


class TestDemo:
    def test_shows_the_main_job_and_ends_well(self, demo: Demo) -> None:
        printed = demo.done.stdout

        assert demo.done.returncode == 0, demo.done.stderr
        for expected in (
            "Packages of demo-anna",
            "Debits that spread over several packages",
            "older than",
            "Dead letters, with their bytes",
            "SameIdOtherContent",
            "events/s",
            "Audit",
        ):
            assert expected in printed
        assert "BROKEN" not in printed
        # All but the line to copy, which must stay one.
        assert max(len(line) for line in printed.splitlines() if "export" not in line) <= 80

    def test_can_be_looked_at_afterwards(self, demo: Demo) -> None:
        balance = demo.billing.json("balance", "demo-anna", "--at", "2026-11-20T18:00:01Z")
        audit = demo.billing.json("audit")
        subscription = demo.billing.json("subscriptions", "show", "demo-clara")

        assert subscription["subscription"]["status"] == "active"
        assert balance["available_seconds"] > 0
        assert audit["holds"]
        assert f"each of {len(audit['invariants'])} invariants holds" in demo.done.stdout

    def test_says_what_was_charged_as_the_store_has_it(self, demo: Demo) -> None:
        orders = demo.orders("demo-clara")
        tries = [(order, attempt) for order in orders for attempt in order["attempts"]]

        printed = demo.rows("What demo-clara was charged")

        assert [order["order"]["status"] for order in orders] == ["paid", "paid", "paid"]
        assert [order["package"]["kind"] for order in orders] == ["subscription"] * 3
        assert [attempt["outcome"] for _, attempt in tries] == ["paid", "paid", "declined", "paid"]
        assert printed == [
            [
                attempt["at"][5:16].replace("T", " "),
                order["order"]["id"][:8],
                "149.00 RUB",
                attempt["code"] or attempt["outcome"],
                dates_of(order["package"]) if attempt["outcome"] == "paid" else "",
            ]
            for order, attempt in tries
        ]

        refused, paid = orders[-1]["attempts"]
        assert timedelta(days=1) <= moment(paid["at"]) - moment(refused["at"]) < timedelta(days=1, hours=1)

    def test_says_when_the_buyer_heard_of_the_refusal(self, demo: Demo) -> None:
        told = [one for one in demo.notices("demo-clara") if one["kind"] == "payment_failed"]

        assert [one["state"] for one in told] == ["sent"]
        assert moment(told[0]["ended_at"]) - moment(told[0]["owed_at"]) < timedelta(minutes=10)
        assert f"went out at {told[0]['ended_at'][5:16].replace('T', ' ')}" in demo.done.stdout

    def test_lists_every_mail_with_a_page_in_its_language(self, demo: Demo) -> None:
        languages = {"demo-buyer": "de", "demo-clara": "en", "demo-oleg": "ru"}
        sent = Counter(
            (one["kind"], language)
            for account, language in languages.items()
            for one in demo.notices(account)
            if one["state"] == "sent"
        )

        printed = demo.rows("Mails to demo-buyer, demo-clara, demo-oleg")

        assert {(kind, language): int(times) for kind, language, times, _ in printed} == sent
        for kind, language, _, page in printed:
            assert f'<html lang="{language}"' in (demo.mails / page).read_text(encoding="utf-8"), kind
        others = re.search(r"with\s+(\d+)\s+to\s+the\s+accounts\s+of\s+the\s+recording", demo.done.stdout)
        assert others is not None
        assert sent.total() + int(others[1]) == len(list(demo.mails.glob("*.eml")))

    def test_warns_of_the_end_of_a_gift_and_of_a_low_balance(self, demo: Demo) -> None:
        notices = demo.notices("demo-oleg")

        kinds = Counter(one["kind"] for one in notices if one["state"] == "sent")

        assert kinds["package_expiring"] == 2
        assert kinds["low_balance"] == 1
        assert kinds["package_expired"] == 1


def moment(text: str) -> datetime:
    """Return a moment as commands print it."""
    return datetime.fromisoformat(text)


def dates_of(package: dict[str, Any]) -> str:
    """Return the period of a package as the demonstration prints it."""
    return f"{package['activated_at'][5:10]} to {package['expires_at'][5:10]}"
