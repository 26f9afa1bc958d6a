"""A refusal names what was typed, the option or the argument, whatever the message that it filled calls that."""

from collections.abc import Iterator

import pytest

from tests.cli.counter import Counter, opened_counter
from tests.cli.every_command import EveryCommand, every_command
from tests.servers.find import FoundPostgres
from tests.workers.events import usage

SUBMITTING = (
    "grant reverse pay-link refund dispute",
    "methods save|methods prefer|methods forget",
    "review resolve|topup set",
    "subscriptions start|subscriptions pay|subscriptions change",
    "subscriptions cancel|subscriptions resume|subscriptions pause",
)
WORDS = {tuple(words.split()) for line in SUBMITTING for words in (line.split("|") if "|" in line else line.split())}
COMMANDS = [each for each in every_command() if each.words in WORDS]
WRONG = {int: "-7", float: "nan"}
TOO_LONG = "x" * 600
"""Longer than any text, and neither a moment, a currency, an address nor an amount."""

LOOKED_UP = {"usage_id", "source", "order", "subscription", "item"}
"""By these something is found first; the sentence repeats the value, or says what is not there."""


@pytest.fixture(scope="module")
def counter(postgres_server: FoundPostgres, migrated_database: str) -> Iterator[Counter]:
    """Where something was sold, used and subscribed to."""
    url = postgres_server.new_database(copy_of=migrated_database)
    with opened_counter(url) as opened:
        yield opened
    postgres_server.drop_database(url)


@pytest.fixture(scope="module")
def samples(counter: Counter) -> dict[str, str]:
    """A good value for everything that a command needs."""
    order = counter.bought()
    account = counter.harness.account
    used = usage(account, 60)
    counter.harness.minutes.apply(used)
    started = counter.billing.json("subscriptions", "start", account, "monthly", "--currency", "RUB")
    return {
        "account": account,
        "product": "starter",
        "usage_id": used["id"],
        "order": order,
        "method": "1",
        "reason": "because",
        "ref": "dispute-1",
        "item": "order:stripe:o-1",
        "state": "open",
        "subscription": started["subscription_id"],
    }


class TestARefusal:
    def test_is_looked_for_in_every_command_that_submits_a_message(self) -> None:
        assert {each.words for each in COMMANDS} == WORDS

    @pytest.mark.parametrize("command", COMMANDS, ids=lambda command: " ".join(command.words))
    def test_of_a_value_names_the_option_as_it_was_typed(
        self, counter: Counter, samples: dict[str, str], command: EveryCommand
    ) -> None:
        faults, refused = [], 0
        for each in command.values:
            if each.name in LOOKED_UP:
                continue
            usual = {} if "minutes" in each.name or "seconds" in each.name else {"minutes": "1"}
            usual |= {"reason": "because", "below": "60", "product": "starter"}
            line = command.line(samples, **(usual | {each.name: WRONG.get(each.bare_type, TOO_LONG)}))
            done = counter.billing(*line)
            said = " ".join((done.stdout + done.stderr).replace("│", " ").split())
            typed = each.opts[0] if each.opts[0].startswith("-") else each.name
            refused += done.returncode != 0
            if "Traceback" in said or "data." in said or (done.returncode and typed not in said):
                faults.append((typed, done.returncode, said[:300]))

        assert faults == []
        assert refused or not command.values

    @pytest.mark.parametrize(
        ("words", "said"),
        [
            (("topup", "set", "ACCOUNT"), "--below and --product"),
            (("topup", "set", "ACCOUNT", "--max-money", "much"), "billing: --max-money: "),
            (("topup", "set", "NEW", "--below", "60", "--product", "starter"), "(`billing methods save`)"),
            (("grant", "NEW", "--minutes", "1", "--seconds", "60"), "exactly one of --seconds and --minutes"),
            (("grant", "NEW", "--minutes", "1", "--expires-at", "2026-01-01T00:00Z"), "billing: --expires-at 2026-"),
            (("grant", "NEW", "--minutes", "1", "--expires-at", "soon"), "--expires-at: soon is not a moment"),
            (("subscriptions", "pause", "ACCOUNT", "--until", "soon"), "billing: --until: is not a moment"),
        ],
        ids=lambda value: value if isinstance(value, str) else " ".join(value),
    )
    def test_in_words_of_its_own_does_so_as_well(
        self, counter: Counter, samples: dict[str, str], words: tuple[str, ...], said: str
    ) -> None:
        named = {"ACCOUNT": samples["account"], "NEW": "somebody-new"}
        counter.billing("grant", "somebody-new", "--minutes", "1")

        done = counter.billing(*(named.get(word, word) for word in words))

        assert done.returncode != 0
        assert said in " ".join((done.stdout + done.stderr).replace("│", " ").split())
