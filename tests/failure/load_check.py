"""The check of a load: what a load has left behind, held against what the oracle foretells."""

from collections import Counter
from collections.abc import Iterator
from typing import Any

import orjson

from messages.queues import FACTS
from store.audit.run import audit
from store.engine import open_engine
from tests.failure.comparison import compared, for_log
from tests.failure.events import Key
from tests.failure.listener_check import Pair, differences_in_facts
from tests.failure.load import Load
from tests.failure.oracle import foretell
from tests.failure.witness import Witness

_SHORTEST_REASON = 10


class LoadCheck:
    """Compares one load with what has become of it."""

    def __init__(self, load: Load, witness: Witness, heard: list[Pair]) -> None:
        """
        Foretell.

        Args:
            load: what is published.
            witness: sees the database.
            heard: id and bytes of every delivery of a fact; it may still grow.
        """
        self.load = load
        self.witness = witness
        self.heard = heard
        self.foretold = foretell(load)

    def outstanding(self) -> str:
        """Say what is still to come; empty when nothing is. Cheap enough to be asked often."""
        applied, wanted = self.witness.applied(), len(self.load.events) - len(self.load.rivals)
        if applied is None or applied < wanted:
            return f"{applied} of {wanted} events are in the inbox"
        letters = {letter.body for letter in self.witness.letters()}
        if missing := (self.load.dead_lettered.keys() | self.load.dead) - letters:
            return f"{len(missing)} are not dead-lettered: {for_log(missing)}"
        if waiting := self.witness.waiting_to_leave():
            return f"{waiting} rows are in the outbox"
        if unheard := set(self.witness.sent(FACTS)) - set(self.heard):
            return f"{len(unheard)} facts were not delivered: {for_log(unheard)}"
        return ""

    def differences(self) -> list[str]:
        """Return every difference between what is and what should be, a line each."""
        outcomes = self.witness.outcomes()
        return [
            *self._in_inbox(outcomes),
            *self._in_usages(outcomes),
            *self._in_totals(),
            *compared("mail addresses", self.witness.emails(), self.foretold.emails),
            *self._in_letters(self._losers(outcomes)),
            *differences_in_facts(
                self.heard,
                self.witness.sent(FACTS),
                load=self.load,
                foretold=self.foretold,
                outcomes=outcomes,
                balances=self.witness.balances(),
            ),
            *self._in_audit(),
        ]

    def _losers(self, outcomes: dict[Key, str]) -> set[Key]:
        return {key for rivals in self.load.rivals for key in rivals if key not in outcomes}

    def _in_inbox(self, outcomes: dict[Key, str]) -> Iterator[str]:
        for rivals in self.load.rivals:
            if (winners := sum(key in outcomes for key in rivals)) != 1:
                yield f"of two corrections of the same usage, {rivals}, {winners} were applied"
        losers = self._losers(outcomes)
        wanted = {
            # Where it depends on the order, either outcome is right.
            key: outcome or outcomes.get(key)
            for key, outcome in self.foretold.outcomes.items()
            if key not in losers
        }
        yield from compared("inbox", outcomes, wanted)

    def _in_usages(self, outcomes: dict[Key, str]) -> Iterator[str]:
        booked = self.witness.usages()
        uncertain = [key for key, outcome in self.foretold.outcomes.items() if outcome is None]
        granted = {key: booked.get(key) for key in uncertain if outcomes.get(key) == "applied"}
        yield from compared("usages", booked, {**self.foretold.usages, **granted})

    def _in_totals(self) -> Iterator[str]:
        totals: dict[str, Any] = {}
        for account, one in self.witness.totals().items():
            if account in self.foretold.totals:
                totals[account] = one.with_owed_as_burnt() if account.startswith("repaid") else one
        yield from compared("totals", totals, self.foretold.totals)

    def _in_letters(self, losers: set[Key]) -> Iterator[str]:
        letters = self.witness.letters()
        times = Counter(letter.body for letter in letters)
        yield from (f"dead-lettered {count} times: {for_log([body])}" for body, count in times.items() if count > 1)
        wanted = {body: ("quarantined", code) for body, code in self.load.dead_lettered.items()}
        wanted |= {orjson.dumps(self.load.events[key]): ("quarantined", "AlreadyReversed") for key in losers}
        wanted |= dict.fromkeys(self.load.dead, ("dead_lettered", "rejected"))
        yield from compared("dead letters", {letter.body: (letter.via, letter.code) for letter in letters}, wanted)
        yield from (f"no reason is given: {one}" for one in letters if len(one.reason) < _SHORTEST_REASON)

    def _in_audit(self) -> Iterator[str]:
        engine = open_engine(self.witness.url)
        try:
            findings = audit(engine).checks
        finally:
            engine.dispose()
        for finding in findings:
            if not finding.holds:
                yield f"the audit wants: {finding.invariant.sentence}; it found {for_log(finding.rows)}"
