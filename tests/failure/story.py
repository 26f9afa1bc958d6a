"""What happens to the accounts of a load, in the order in which it happens."""

from collections import defaultdict
from dataclasses import dataclass, field

from tests.failure.events import Author, Event, Key, key_of

ACCOUNTS = {"rich": 24, "penniless": 8, "repaid": 8, "tangled": 8}
"""
How many accounts of each character there are.

What becomes of the first three does not depend on the order. The rich have more than they use
before the load begins; the penniless never get anything; the repaid begin without and get, at some
moment, one purchased package that is more than enough. The tangled have packages that end, run
out and burn first, so only some things can be foretold of them.
"""

_HABITS = {
    "rich": {"usage": 70, "spend": 18, "correction": 4, "grant": 3, "registration": 4, "rivalry": 1},
    "penniless": {"usage": 83, "spend": 12, "correction": 5},
    "repaid": {"usage": 95, "correction": 5},
    "tangled": {"usage": 66, "spend": 15, "correction": 5, "grant": 12, "rivalry": 2},
}

_PLENTY_SECONDS = 5_000_000


@dataclass(slots=True)
class Story:
    """
    Events of many accounts.

    Args:
        packages: granted before everything else.
        known: a usage for each of some accounts, before the load, for others to imitate.
        middle: the load.
        rivals: pairs of corrections of the same usage; only one of the two can be right.
    """

    packages: list[Event] = field(default_factory=list)
    known: list[Event] = field(default_factory=list)
    middle: list[Event] = field(default_factory=list)
    rivals: list[tuple[Key, Key]] = field(default_factory=list)


def character_of(account: str) -> str:
    """Return the character of an account of a load."""
    return account.split("-")[0]


def write_story(author: Author, events: int) -> Story:
    """Tell a story with at least so many events in its middle."""
    return _Telling(author).write_story(events)


class _Telling:
    """One story as it is written."""

    def __init__(self, author: Author) -> None:
        self.author = author
        self.story = Story()
        self.accounts = [f"{character}-{at:02}" for character, count in ACCOUNTS.items() for at in range(count)]
        self.correctable: dict[str, list[Event]] = defaultdict(list)

    def write_story(self, events: int) -> Story:
        for account in self.accounts:
            self._open(account)
        middle = self.story.middle
        while len(middle) < events:
            account = self.author.random.choice(self.accounts)
            middle += self._next(account, self.author.one_of(_HABITS[character_of(account)]))
        for account in self.accounts:
            if character_of(account) == "repaid":
                package = self.author.grant(account, "purchased", _PLENTY_SECONDS)
                middle.insert(self.author.random.randrange(len(middle)), package)
        return self.story

    def _open(self, account: str) -> None:
        author, packages = self.author, self.story.packages
        match character_of(account):
            case "rich":
                packages.extend(author.grant(account, kind, 900) for kind in ("promo", "purchased", "bonus"))
                packages.append(author.grant(account, "subscription", _PLENTY_SECONDS))
                self.story.known.append(author.usage(account))
            case "tangled":
                packages.append(author.grant(account, "promo", 400, expires_in_days=2))
                packages.append(author.grant(account, "purchased", 2_000, expires_in_days=-0.04))
                packages.append(author.grant(account, "bonus", 700, expires_in_days=-4))
                packages.append(author.grant(account, "purchased", 3_000))
            case _:
                pass  # the others begin with nothing

    def _next(self, account: str, habit: str) -> list[Event]:
        author, correctable = self.author, self.correctable[account]
        match habit:
            case "correction" | "rivalry" if correctable:
                usage = correctable.pop(author.random.randrange(len(correctable)))
                corrections = [author.correction(usage) for _ in range(2 if habit == "rivalry" else 1)]
                if habit == "rivalry":
                    self.story.rivals.append((key_of(corrections[0]), key_of(corrections[1])))
                return corrections
            case "grant":
                kind = author.random.choice(("purchased", "promo", "bonus"))
                ends = None if character_of(account) == "rich" else author.random.choice((None, -0.02, 3))
                return [author.grant(account, kind, author.random.randint(60, 2_000), expires_in_days=ends)]
            case "registration":
                return [author.registration(account)]
            case "spend":
                event = author.spend(account)
                # Only of the rich is it certain that they get what they ask for, and so can be corrected.
                if character_of(account) == "rich":
                    correctable.append(event)
                return [event]
            case _:
                # The repaid use nothing so short that it might be forgiven before they have their package.
                correctable.append(author.usage(account, shortest=60 if character_of(account) == "repaid" else 1))
                return [correctable[-1]]
