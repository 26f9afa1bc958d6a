"""What subscribers heard, held against what is stored."""

import json
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from typing import Any

from tests.failure.comparison import compared
from tests.failure.events import REVERSED, SPENT, Key
from tests.failure.load import Load
from tests.failure.oracle import Foretold
from tests.failure.witness import StoredBalance

Fact = dict[str, Any]
Pair = tuple[str, bytes]

_BALANCE = "screph.balance.changed.v1"
_ANSWERS = {"screph.spend.accepted.v1": "applied", "screph.spend.refused.v1": "refused"}
_GRANTED = "screph.package.granted.v1"


def differences_in_facts(
    heard: Iterable[Pair],
    sent: Iterable[Pair],
    *,
    load: Load,
    foretold: Foretold,
    outcomes: dict[Key, str],
    balances: dict[str, StoredBalance],
) -> Iterator[str]:
    """
    Say where subscribers heard too little, too much or something wrong.

    Args:
        heard: id and bytes of every delivery; repeats are allowed.
        sent: id and bytes of every row that was in the outbox.
        load: what was published.
        foretold: what must come of it.
        outcomes: what did become of each event.
        balances: those of all accounts, as stored.
    """
    distinct = set(heard)
    yield from compared("facts", dict.fromkeys(distinct), dict.fromkeys(sent))
    facts: dict[str, list[Fact]] = defaultdict(list)
    for _, body in distinct:
        fact = json.loads(body)
        facts[fact["type"]].append(fact)
    yield from _in_balances(facts[_BALANCE], balances)
    yield from _in_answers([fact for kind in _ANSWERS for fact in facts[kind]], load, outcomes)
    packages = Counter(fact["data"]["package_id"] for fact in facts[_GRANTED])
    yield from (f"package {package} was announced {times} times" for package, times in packages.items() if times > 1)
    corrected = Counter((fact["data"]["usage_source"], fact["data"]["usage_id"]) for fact in facts[REVERSED])
    wanted = {key: 1 for key, usage in foretold.usages.items() if usage.is_corrected}
    yield from compared("corrections announced", corrected, wanted)


def _in_balances(facts: Iterable[Fact], balances: dict[str, StoredBalance]) -> Iterator[str]:
    """Say where an account's snapshots contradict each other, have a gap, or end with a wrong balance."""
    heard: dict[str, dict[int, Fact]] = defaultdict(dict)
    for fact in facts:
        account, sequence = fact["subject"], fact["data"]["sequence"]
        if sequence in heard[account]:
            yield f"two different balances of {account} have the sequence {sequence}"
        heard[account][sequence] = fact["data"]
    numbers = {account: sorted(some) for account, some in heard.items()}
    # A sweep that books what had ended before changes nothing that could be heard: only then is one left out.
    unbroken = {
        account: numbers[account] if balance.is_swept and account in numbers else list(range(1, balance.sequence + 1))
        for account, balance in balances.items()
    }
    yield from compared("sequences", numbers, unbroken)
    last = {account: some[max(some)] for account, some in heard.items()}
    yield from compared(
        "last balances heard",
        {account: (data["available_seconds"], data["debt_seconds"]) for account, data in last.items()},
        {account: (balance.available, balance.debt) for account, balance in balances.items()},
    )


def _in_answers(facts: Iterable[Fact], load: Load, outcomes: dict[Key, str]) -> Iterator[str]:
    """Say which request was not answered, or not as it was decided, or twice as if it were two."""
    ids: dict[Key, set[str]] = defaultdict(set)
    answers: dict[Key, set[str]] = defaultdict(set)
    for fact in facts:
        key = fact["data"]["request_source"], fact["data"]["request_id"]
        ids[key].add(fact["id"])
        answers[key].add(_ANSWERS[fact["type"]])
    request = {key: {outcomes.get(key)} for key, event in load.events.items() if event["type"] == SPENT}
    yield from compared("answers", answers, request)
    yield from (f"{key} was answered with the ids {some}" for key, some in ids.items() if len(some) > 1)
