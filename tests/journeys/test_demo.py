"""A newcomer types `make demo`."""

from pathlib import Path

from tests.journeys.billing import Billing


class TestDemo:
    def test_shows_the_main_job_and_ends_well(self, tmp_path: Path) -> None:
        billing = Billing({"EMBEDDED_DIR": str(tmp_path / "embedded")})

        done = billing("demo")

        assert done.returncode == 0, done.stderr
        for expected in (
            "Packages of demo-anna",
            "Debits that spread over several packages",
            "older than",
            "Dead letters, with their bytes",
            "SameIdOtherContent",
            "events/s",
            "Audit",
        ):
            assert expected in done.stdout
        assert "BROKEN" not in done.stdout
        assert max(len(line) for line in done.stdout.splitlines()) <= 80

    def test_can_be_looked_at_afterwards(self, tmp_path: Path) -> None:
        shown = Billing({"EMBEDDED_DIR": str(tmp_path)})("demo")
        assert shown.returncode == 0, shown.stderr
        afterwards = Billing({"EMBEDDED_DIR": str(tmp_path / "demo")})

        balance = afterwards.json("balance", "demo-anna", "--at", "2026-11-20T18:00:01Z")
        audit = afterwards("audit")

        assert balance["available_seconds"] > 0
        assert audit.returncode == 0
