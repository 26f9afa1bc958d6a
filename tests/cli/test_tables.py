"""What commands list is whole at 80 columns: no id, date or amount is broken, whatever the table is like."""

import re
from collections.abc import Iterator

import pytest

from cli import output
from cli.output import Console, print_table
from domain.notices.notice import NoticeKind
from messages.queues import MINUTE_USAGE
from store.dead_letters import DeadLetter, save_dead_letters
from store.transaction import transaction
from tests.cli.counter import Counter, opened_counter
from tests.cli.every_command import every_command
from tests.domain.notices.contents import filled_json
from tests.gateways.sandbox.samples import gateway_of
from tests.journeys.billing import Billing
from tests.servers.find import FoundPostgres
from tests.workers.events import NOW, usage
from tests.workers.minutes.harness import MinutesHarness
from tests.workers.subscriptions.harness import SubscriptionHarness

LONG = "3f2a9c1e-6d1b-4b7a-9c55-0e6f7a8b9c0d"
"""An account as some producers name theirs."""

WHOLE = re.compile(
    r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}"  # an id
    r"|\b[0-9a-f]{8}\b"  # the beginning of one
    r"|\d{4}-\d\d-\d\d"  # a date
    r"|\b\d\d:\d\d\b"  # a time, without its seconds, which go on meanwhile
    r"|[\d,]+\.\d\d\xa0?[A-Z]{3}"  # an amount
    r"|(?:subscription|package|payment|purchase)_[a-z]+"  # a kind
)


@pytest.fixture(scope="module")
def counter(postgres_server: FoundPostgres, migrated_database: str) -> Iterator[Counter]:
    """Where something of everything that is listed is there, for a short name and for a long one."""
    url = postgres_server.new_database(copy_of=migrated_database)
    with opened_counter(url) as opened:
        for account in ("anna", LONG):
            fill(opened, account)
        promote(opened)
        yield opened
    postgres_server.drop_database(url)


def promote(counter: Counter) -> None:
    """Let there be a code, a programme, a campaign and an invitation."""
    for line in (
        ("codes", "create", "summer", "--code", "SUMMER10", "--percent", "10", "--by", "ann"),
        ("campaigns", "create", "outage", "--minutes", "10", "--reason", "an outage", "--everyone", "--by", "ann"),
        ("programmes", "create", "first", "--trigger", "first_purchase", "--minutes", "10"),
        ("referrals", "terms", "--referrer-minutes", "30", "--friend-minutes", "15"),
    ):
        done = counter.billing("promotions", *line)
        assert done.returncode == 0, done.stderr


def fill(counter: Counter, account: str) -> None:
    """Let an account use, subscribe, change, be refunded and disputed, and hear of everything."""
    buyer = SubscriptionHarness(counter.engine, gateway_of(counter.sandbox), counter.sandbox)
    buyer.offset, buyer.minutes = counter.harness.offset, MinutesHarness(counter.engine, account=account)
    started = counter.billing.json("subscriptions", "start", account, "small", "--currency", "RUB")
    buyer.buyer_pays(started["order_id"])
    buyer.minutes.apply(usage(account, 90), now=buyer.clock())
    assert counter.billing("subscriptions", "change", account, "large").returncode == 0
    counter.execute("UPDATE subscription SET needs_buyer = true")
    order = buyer.paid()[-1]["id"]
    assert counter.billing("refund", order, "--amount", "10.00", "--reason", "a long talk with support").returncode == 0
    told = ("--ref", f"PP-D-{account}", "--state", "open", "--reason", "the payer says that it was not them")
    assert counter.billing("dispute", order, *told).returncode == 0
    for number, kind in enumerate(NoticeKind):
        content = str(filled_json(kind)).replace("'", '"').replace("True", "true")
        state = ("waiting", "NULL, NULL") if number % 2 else ("dropped", f"'{NOW}', 'the cancellation was taken back'")
        counter.execute(
            "INSERT INTO notice (owed_at, due_at, account, kind, subject, content, state, ended_at, reason)"
            f" SELECT '{NOW}', '{NOW}', number, '{kind}', '{order}', '{content}', '{state[0]}', {state[1]}"
            f" FROM account WHERE id = '{account}'"
        )
    letter = DeadLetter("quarantined", MINUTE_USAGE, "Invalid", "data is missing", b"{}", "screph/recorder", LONG)
    with transaction(counter.engine) as session:
        save_dead_letters(session, [letter])


def commands(counter: Counter) -> list[tuple[str, ...]]:
    """Every command that lists something, with what it needs."""
    listed = [each.words for each in every_command() if each.words[-1] in ("list", "show")]
    orders = counter.billing.json("orders", "list")["orders"]
    needed = {
        ("orders", "show"): [order["id"] for order in orders],
        ("products", "show"): ["large"],
        ("subscriptions", "show"): ["anna", LONG],
        ("notices", "show"): ["1"],
        ("dead-letters", "show"): ["1"],
        ("methods", "list"): ["anna", LONG],
        ("promotions", "codes", "show"): ["summer"],
        ("promotions", "campaigns", "show"): ["outage"],
    }
    skipped = {("clock", "show"), ("review", "show"), ("topup", "show")}  # no tables
    lines = [(*words, value) for words in listed if words not in skipped for value in needed.get(words, [""])]
    lines += [(word, account) for word in ("balance", "packages", "statement") for account in ("anna", LONG)]
    return [tuple(word for word in line if word) for line in (*lines, ("reconcile",), ("audit",))]


class TestATable:
    def test_of_any_command_is_whole_at_80_columns(self, counter: Counter) -> None:
        wide = Billing({**counter.billing.environment, "COLUMNS": "400"})
        counter.execute("UPDATE orders SET needs_review = true, failure = 'its sum is another' WHERE kind = 'renewal'")
        broken, seen = {}, 0

        for words in commands(counter):
            # Some say what time it is, and a minute may end between the two.
            for _ in range(2):
                full, narrow = wide(*words), counter.billing(*words)
                assert (full.returncode, full.stderr) == (narrow.returncode, ""), (words, full.stderr)
                expected = sorted(WHOLE.findall(full.stdout))
                if sorted(WHOLE.findall(narrow.stdout)) == expected:
                    break
            else:
                broken[words] = narrow.stdout
            seen += len(expected)

        counter.execute("UPDATE orders SET needs_review = false, failure = NULL")
        assert broken == {}
        assert seen > 100

    def test_of_subscriptions_and_notices_fits_for_short_names(self, counter: Counter) -> None:
        for words in (("subscriptions", "list"), ("notices", "list"), ("orders", "list")):
            lines = counter.billing(*words, "--account", "anna").stdout.splitlines()
            assert "account" in lines[1] + lines[2], lines
            assert max(map(len, lines)) <= 80, lines


class TestPrintTable:
    @pytest.fixture
    def printed(self, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> list[str]:
        """The lines of a table of four columns at 40, 30 and 20 characters."""
        pages = []
        for width in (40, 30, 20):
            monkeypatch.setattr(output, "out", Console(highlight=False, width=width))
            print_table("T", ("id", "on", "why"), [("3f2a9c1e", "2026-11-28", "in two words")])
            pages.append(capsys.readouterr().out)
        return pages

    def test_loses_its_lines_and_then_its_columns_where_it_does_not_fit(self, printed: list[str]) -> None:
        wide, narrow, none = printed

        assert "│ 3f2a9c1e │ 2026-11-28 │" in wide
        assert "3f2a9c1e  2026-11-28  in two" in narrow
        assert none == "T\nid   3f2a9c1e\non   2026-11-28\nwhy  in two words\n"
