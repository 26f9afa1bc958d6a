"""Tokens by commands."""

from domain.access.token import is_token
from tests.journeys.billing import Billing


class TestTokens:
    def test_are_made_listed_rotated_and_revoked(self, alone: Billing) -> None:
        alone("grant", "anna", "--minutes", "5")

        made = alone.json("tokens", "create", "--account", "anna", "--days", "30")
        second = alone.json("tokens", "rotate", str(made["number"]), "--overlap-hours", "1")
        revoked = alone("tokens", "revoke", str(made["number"]))
        listed = alone("tokens", "list", "--account", "anna", "--json")
        for_people = alone("tokens", "list")

        assert is_token(made["token"])
        assert is_token(second["token"])
        assert (revoked.returncode, revoked.stdout) == (0, f"token {made['number']} is revoked\n")
        assert made["token"] not in listed.stdout
        assert [line["revoked_at"] is None for line in alone.json("tokens", "list")["tokens"]] == [True, False]
        assert made["token"][-4:] in for_people.stdout

    def test_of_a_server_are_printed_on_a_line_of_their_own(self, alone: Billing) -> None:
        done = alone("tokens", "create", "--server", "screph-1", "--scope", "usage:write")

        first, text = done.stdout.splitlines()
        assert first == "token 1; it is printed this once:"
        assert text.startswith("scr_s_")
        [line] = alone.json("tokens", "list")["tokens"]
        assert (line["name"], line["scopes"]) == ("screph-1", ["usage:write"])

    def test_need_an_owner_that_is_known(self, alone: Billing) -> None:
        neither = alone("tokens", "create")
        unknown = alone("tokens", "create", "--account", "nobody")
        revoked = alone("tokens", "revoke", "7")

        assert [done.returncode for done in (neither, unknown, revoked)] == [2, 2, 2]
        assert neither.stderr == "billing: name either --account or --server\n"
        assert unknown.stderr.startswith("billing: no account nobody is known")
        assert revoked.stderr == "billing: there is no token 7; `billing tokens list` shows them\n"
