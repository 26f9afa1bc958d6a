"""`billing promotions campaigns`: one is counted, made, approved, granted and voided by commands."""

from datetime import UTC, datetime, timedelta

from store.engine import open_engine
from tests.journeys.billing import Billing
from workers.context import Context
from workers.promotions.campaign_run import run_campaigns

CAMPAIGNS = ("promotions", "campaigns")


def run(billing: Billing) -> None:
    """Let a worker go on with campaigns."""
    engine = open_engine(billing.environment["DATABASE_URL"])
    run_campaigns(Context(engine))
    engine.dispose()


class TestCampaigns:
    def test_have_a_life_by_commands(self, alone: Billing) -> None:
        for account in ("ada", "bob"):
            assert alone("grant", account, "--minutes", "5").returncode == 0
        few = ("--balance-below", "301", "--minutes", "6000", "--reason", "the outage", "--by", "ada")

        counted = alone.json(*CAMPAIGNS, "create", "outage", *few, "--dry-run")
        assert (counted["accounts"], counted["seconds"], counted["needs_approval"]) == (2, 720_000, True)
        sentence = alone(*CAMPAIGNS, "create", "outage", *few, "--dry-run").stdout
        assert (
            "2 accounts, 200 h 00 m in all, nothing was sold lately that tells their worth; nothing was written"
            in sentence
        )
        assert alone(*CAMPAIGNS, "show", "outage").returncode == 2

        made = alone(*CAMPAIGNS, "create", "outage", *few, "--valid-days", "30")
        assert made.stdout == "campaign outage is waiting: 2 accounts, 200 h 00 m in all\n"
        own = alone(*CAMPAIGNS, "approve", "outage", "--by", "ada")
        assert (own.returncode, "SamePerson" in own.stdout) == (1, True)
        assert alone.json(*CAMPAIGNS, "approve", "outage", "--by", "grace")["status"] == "running"
        run(alone)
        assert "100 h 05 m" in alone("balance", "ada").stdout

        [line] = alone.json(*CAMPAIGNS, "list")["campaigns"]
        assert (line["id"], line["status"], line["accounts"]) == ("outage", "completed", 2)
        page = alone.json(*CAMPAIGNS, "show", "outage")
        assert (page["granted_accounts"], page["left_seconds"]) == (2, 720_000)

        assert alone(*CAMPAIGNS, "void", "outage", "--reason", "a mistake", "--by", "ada").returncode == 0
        run(alone)
        assert alone.json("balance", "ada")["available_seconds"] == 300
        shown = alone(*CAMPAIGNS, "show", "outage").stdout
        assert "taken back     200 h 00 m" in shown
        assert "approved by    grace" in shown

    def test_say_what_is_wrong_with_a_segment_in_words_of_the_command(self, alone: Billing) -> None:
        soon = (datetime.now(UTC) + timedelta(hours=1)).isoformat()
        usual = (*CAMPAIGNS, "create", "outage", "--minutes", "1", "--reason", "the outage")

        nobody = alone(*usual)
        half = alone(*usual, "--used-from", soon, "--dry-run")
        country = alone(*usual, "--country", "Russia", "--dry-run")
        written = alone(*usual, "--country", "Russia")
        future = alone(*usual, "--used-from", "2026-01-01", "--used-until", soon)

        assert (nobody.returncode, half.returncode, country.returncode, future.returncode) == (2, 2, 2, 1)
        assert "say either which accounts are meant, or that everyone is" in nobody.stderr
        assert "--used-from and --used-until are the two ends of one time" in half.stderr
        assert "--country: is not a country's code of two capitals" in country.stderr
        assert "--country: is not a country's code of two capitals" in written.stderr
        assert "TooEarly" in future.stdout
