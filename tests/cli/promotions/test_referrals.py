"""`billing promotions programmes` and `referrals`: made, switched, invited by and listed by commands."""

from tests.journeys.billing import Billing

PROGRAMMES, REFERRALS = ("promotions", "programmes"), ("promotions", "referrals")


class TestProgrammes:
    def test_are_made_and_switched_and_listed(self, alone: Billing) -> None:
        welcome = ("welcome", "--trigger", "first_purchase", "--minutes", "10", "--budget-minutes", "1000")

        made = alone(*PROGRAMMES, "create", *welcome, "--by", "maria")
        assert made.stdout == "programme welcome is there\n"
        again = alone(*PROGRAMMES, "create", *welcome)
        assert (again.returncode, "ProgrammeExists" in again.stdout) == (1, True)
        assert alone(*PROGRAMMES, "pause", "welcome", "--reason", "the budget").stdout == "programme welcome is off\n"

        [line] = alone.json(*PROGRAMMES, "list")["programmes"]
        assert (line["seconds"], line["budget_seconds"], line["created_by"]) == (600, 60_000, "maria")
        assert (line["pause_reason"], line["paused_at"] is None) == ("the budget", False)
        assert alone(*PROGRAMMES, "resume", "welcome", "--reason", "more budget").returncode == 0
        assert "first purchase" in alone(*PROGRAMMES, "list").stdout

    def test_say_what_is_missing(self, alone: Billing) -> None:
        done = alone(*PROGRAMMES, "create", "third", "--trigger", "nth_purchase", "--minutes", "10")
        unknown = alone(*PROGRAMMES, "pause", "nothing", "--reason", "a test")

        other = ("--trigger", "birthday", "--minutes", "10")
        product = alone(*PROGRAMMES, "create", "cake", *other, "--product", "nosuch")
        past = alone(*PROGRAMMES, "create", "cake", *other, "--ends", "2026-01-01")
        name = alone(*PROGRAMMES, "create", "Cake", *other)
        assert alone(*PROGRAMMES, "create", "cake", *other).returncode == 0

        assert "UnknownProduct" in product.stdout
        assert "--ends is in the past" in past.stdout
        assert "programme: is not an id of 2 to 64" in name.stderr
        assert "birthday, 1 purchase " in alone(*PROGRAMMES, "list").stdout
        assert done.returncode == 2
        assert "which one" in " ".join(done.stderr.split())
        assert (unknown.returncode, "UnknownProgramme" in unknown.stdout) == (1, True)


class TestReferrals:
    def test_are_promised_attributed_and_listed(self, alone: Billing) -> None:
        promised = alone(*REFERRALS, "terms", "--referrer-minutes", "30", "--friend-minutes", "10", "--by", "maria")
        assert promised.stdout == "friends can be invited; the terms are set\n"
        code = alone.json(*REFERRALS, "code", "ann")["code"]

        assert code in alone(*REFERRALS, "code", "ann").stdout
        assert "is attributed" in alone(*REFERRALS, "attribute", "bob", "--code", code).stdout
        own = alone(*REFERRALS, "attribute", "ann", "--code", code)
        assert (own.returncode, "OwnInvitation" in own.stdout) == (1, True)
        alone(*REFERRALS, "attribute", "eve", "--code", code)

        first = alone.json(*REFERRALS, "list", "--limit", "1")
        second = alone.json(*REFERRALS, "list", "--limit", "1", "--cursor", first["next_cursor"])
        assert [first["referrals"][0]["friend_id"], second["referrals"][0]["friend_id"]] == ["eve", "bob"]
        assert second["next_cursor"] is None
        [line] = alone.json(*REFERRALS, "list", "--account", "bob")["referrals"]
        assert (line["referrer_id"], line["status"]) == ("ann", "attributed")
