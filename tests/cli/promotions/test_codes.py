"""`billing promotions codes`: made, given out, looked at and switched off by commands."""

from tests.journeys.billing import Billing

CODES = ("promotions", "codes")


class TestCodes:
    def test_have_a_life_by_commands(self, alone: Billing) -> None:
        made = alone(*CODES, "create", "summer", "--code", "SUMMER10", "--percent", "10", "--uses", "3", "--by", "ann")
        assert made.stdout == "made: summer, code SUMMER10\n"
        again = alone(*CODES, "create", "summer", "--percent", "10")
        assert (again.returncode, "PromotionExists" in again.stdout) == (1, True)

        assert alone(*CODES, "batch", "summer", "20", "--by", "ann").stdout == "made: 20 codes, batch 1\n"
        exported = alone(*CODES, "export", "summer", "1", "--by", "bob")
        texts = exported.stdout.splitlines()
        assert (texts[0], len(set(texts[1:]))) == ("code", 20)
        taken = alone(*CODES, "export", "summer", "1")
        assert (taken.returncode, "ExportedBefore: bob has exported it" in taken.stdout) == (1, True)

        [line] = alone.json(*CODES, "list")["promotions"]
        assert (line["id"], line["used"], line["uses_limit"]) == ("summer", 0, 3)
        assert alone(*CODES, "pause", "summer", "--reason", "it leaked", "--by", "ann").returncode == 0
        shown = alone(*CODES, "show", "summer").stdout
        assert "by ann: it leaked" in shown
        assert "codes: SUMMER10" in shown
        assert "gives: 10 % off" in shown
        assert "limits: 3 uses; 1 by one person" in shown
        assert alone(*CODES, "resume", "summer").returncode == 0
        assert alone.json(*CODES, "show", "summer")["paused_at"] is None

    def test_without_a_purchase_are_redeemed_once(self, alone: Billing) -> None:
        made = alone(*CODES, "create", "partner", "--code", "PARTNER60", "--minutes", "60", "--alone")
        assert made.returncode == 0, made.stdout

        redeemed = alone(*CODES, "redeem", "anna", "partner60")
        again = alone(*CODES, "redeem", "anna", "PARTNER60")

        assert (redeemed.returncode, redeemed.stdout) == (0, "redeemed: partner60, 1 h 00 m\n")
        assert (again.returncode, again.stdout.startswith("refused: ")) == (1, True)
        assert alone.json("balance", "anna")["available_seconds"] == 3_600

    def test_say_what_is_wrong(self, alone: Billing) -> None:
        nothing = alone(*CODES, "create", "summer")
        amount = alone(*CODES, "create", "summer", "--off", "a lotRUB")
        unknown = alone(*CODES, "show", "summer")
        endless = alone(*CODES, "create", "summer", "--code", "SUMMER10", "--percent", "10", "--uses", "9" * 20)

        assert [each.returncode for each in (nothing, amount, unknown, endless)] == [2, 2, 2, 2]
        assert "64-bit" in endless.stderr
        assert "give one of --percent" in nothing.stderr
        assert "--off" in amount.stderr
        assert "there is no promotion summer" in unknown.stderr

    def test_give_nothing_that_cannot_be_meant(self, alone: Billing) -> None:
        usual = (*CODES, "create", "summer", "--code", "SUMMER10")

        product = alone(*usual, "--percent", "10", "--product", "nosuch")
        past = alone(*usual, "--percent", "10", "--ends", "2026-01-01")
        currency = alone(*usual, "--off", "10XYZ")
        prices = alone(*usual, "--percent", "10", "--currency", "XYZ")
        percent = alone(*usual, "--percent", "33.333")
        name = alone(*CODES, "create", "Sum mer", "--percent", "10")

        assert product.stdout == "refused: UnknownProduct: there is no product nosuch\n"
        assert past.stdout == "refused: EndsInThePast: --ends is in the past: 2026-01-01 00:00 UTC\n"
        assert "--off: XYZ is no currency" in currency.stderr
        assert "--currency: XYZ is no currency" in prices.stderr
        assert "--percent: 33.333 is not a percentage of two decimals" in percent.stderr
        assert "promotion: is not an id of at most 64 small letters" in name.stderr
        assert alone.json(*CODES, "list")["promotions"] == []

    def test_say_who_has_taken_no_batch(self, alone: Billing) -> None:
        alone(*CODES, "create", "summer", "--percent", "33.33", "--valid-days", "1")
        alone(*CODES, "batch", "summer", "2", "--by", "ann")

        shown = alone(*CODES, "show", "summer").stdout

        assert "33.33 % off, valid 1 day\n" in shown
        assert "never" not in shown
