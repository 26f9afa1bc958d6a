"""Saved methods by commands, through the sandbox on the loopback."""

from tests.cli.counter import Counter


def saved(counter: Counter) -> int:
    """Save a card by command, as its buyer would finish it; return its number."""
    link = counter.billing.json("methods", "save", "anna", "--currency", "RUB")
    ref = link["url"].rpartition("/")[2]
    counter.sandbox.finish_setup(ref)
    counter.execute("UPDATE method_setup SET polled_at = NULL, updated_at = now() - interval '1 hour'")
    counter.billing.json("reconcile", "--open")
    return int(counter.billing.json("methods", "list", "anna")["methods"][0]["id"])


class TestMethods:
    def test_are_saved_on_a_page_listed_preferred_and_forgotten(self, counter: Counter) -> None:
        first, second = saved(counter), saved(counter)

        assert counter.billing.json("methods", "prefer", "anna", str(first))["method_id"] == first
        assert [line["id"] for line in counter.billing.json("methods", "list", "anna")["methods"]] == [first, second]

        forgotten = counter.billing("methods", "forget", "anna", str(first))
        lines = counter.billing.json("methods", "list", "anna")["methods"]

        assert (forgotten.returncode, forgotten.stdout) == (0, f"method {first} is forgotten\n")
        assert [(line["id"], line["end_reason"]) for line in lines] == [(second, None), (first, "forgotten")]
        assert len(counter.sandbox.state.records.methods) == 1

    def test_are_printed_for_a_person(self, counter: Counter) -> None:
        method = saved(counter)

        shown = counter.billing("methods", "list", "anna")

        assert f" {method} " in shown.stdout
        assert "sandbox" in shown.stdout

    def test_save_prints_the_link_on_a_line_of_its_own(self, counter: Counter) -> None:
        done = counter.billing("methods", "save", "anna")

        first, link = done.stdout.splitlines()
        assert done.returncode == 0
        assert first.endswith(" through sandbox")
        assert link.startswith(f"{counter.sandbox.url}/save/")

    def test_that_nobody_has_exit_1(self, counter: Counter) -> None:
        for words in (("prefer", "anna", "77"), ("forget", "anna", "77")):
            done = counter.billing("methods", *words)

            assert done.returncode == 1
            assert done.stdout.startswith("refused: NoSuchMethod")
