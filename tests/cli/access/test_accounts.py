"""Accounts by commands: blocked, freed, exported, closed; each with its line in the audit log."""

import json

from tests.journeys.billing import Billing


class TestAccounts:
    def test_are_blocked_freed_exported_and_closed(self, alone: Billing) -> None:
        alone("grant", "anna", "--minutes", "5")

        blocked = alone("accounts", "block", "anna", "--reason", "stolen cards")
        again = alone("accounts", "block", "anna", "--reason", "stolen cards")
        freed = alone.json("accounts", "unblock", "anna", "--reason", "all is well")
        exported = json.loads(alone("accounts", "export", "anna", "--reason", "asked for").stdout)
        unsure = alone("accounts", "close", "anna", "--reason", "case 118")
        closed = alone("accounts", "close", "anna", "--reason", "case 118", "--yes")
        audited = alone("audit")

        assert (blocked.returncode, blocked.stdout) == (0, "account anna is blocked\n")
        assert (again.returncode, "AlreadyBlocked" in again.stdout) == (1, True)
        assert freed["standing"] == "open"
        assert [line["standing"] for line in exported["standing"]] == ["blocked", "open"]
        assert exported["packages"][0]["granted_seconds"] == 300
        assert (unsure.returncode, "say --yes" in unsure.stderr) == (2, True)
        assert closed.returncode == 0, closed.stderr
        assert audited.returncode == 0, audited.stdout

    def test_that_nobody_knows_are_not_opened_by_it(self, alone: Billing) -> None:
        done = [
            alone("accounts", word, "nobody", "--reason", "x", *more)
            for word, more in (("block", ()), ("unblock", ()), ("close", ("--yes",)), ("export", ()))
        ]

        assert [each.returncode for each in done] == [2, 2, 2, 2]
        assert all(each.stderr.startswith("billing: no account nobody is known") for each in done)
        assert alone("balance", "nobody").returncode == 2
