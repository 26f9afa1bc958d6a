"""What must be true after a history: nobody has more than was promised, and nothing outlives its reason."""

from collections import Counter, defaultdict
from collections.abc import Iterator
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Any

from domain.ids import package_id_of_bonus, package_id_of_campaign
from tests.workers.minutes.harness import Row
from tests.workers.promotions.histories import History
from tests.workers.promotions.promised import Bought, Promised

Use = tuple[str | None, str, bool, int, int, str]
"""A use of a promotion: order, account, whether it was given back in between, minor units, seconds, currency."""


class Comparison:
    """A history that has ended, beside what the store says."""

    def __init__(self, history: History) -> None:
        self.history = history
        self.orders = {row["id"]: row for row in history.orders()}
        self.withheld = {
            row["order_id"]
            for row in history.select("SELECT order_id FROM redemption WHERE given_back_why = 'used_by_person'")
        }
        self.packages = {
            str(row["id"]): row
            for row in history.select(
                "SELECT package.*, account.id AS account_id FROM package JOIN account ON account.number = account"
                " WHERE account.id LIKE :name",
                name=f"{history.name}-%",
            )
        }

    def differences(self) -> Iterator[str]:
        """Give what is not as it must be, in words."""
        for bought in self.history.bought.values():
            yield from self._of_order(bought)
        for promised in self.history.promised.values():
            yield from self._of_promotion(promised)
        for name, terms in self.history.programmes.items():
            yield from self._of_programme(name, terms)
        yield from self._of_referrals()
        for name, meant in self.history.campaigns.items():
            yield from self._of_campaign(name, meant)

    def stands(self, order_id: str) -> bool:
        """Tell whether an order is paid, and its money neither refunded in full nor lost."""
        bought, row = self.history.bought[order_id], self.orders[order_id]
        if row["status"] != "paid":
            return False
        return not bought.price_minor or self._refunded_minor(row) + bought.lost_minor < bought.price_minor

    def _refunded_minor(self, row: Row) -> int:
        return self.history.shop.memory.books_of(row["checkout_ref"])[1] if row["checkout_ref"] else 0

    def _of_order(self, bought: Bought) -> Iterator[str]:
        row = self.orders[bought.order_id]
        bonus = self.packages.get(package_id_of_bonus(bought.order_id))
        is_paid = row["status"] == "paid"
        if not is_paid and row["status"] not in ("failed", "expired"):
            yield f"{bought} is open for ever"
        wanted = bought.bonus_seconds if is_paid and bought.order_id not in self.withheld else 0
        if (0 if bonus is None else bonus["granted_seconds"]) != wanted:
            yield f"{wanted} seconds should come besides {bought}, not {bonus}"
        if row["checkout_ref"]:
            captured, refunded = self.history.shop.memory.books_of(row["checkout_ref"])
            if captured != (bought.price_minor if is_paid else 0) or refunded > captured:
                yield f"{captured} captured and {refunded} refunded of {bought}"
        if is_paid and not self.stands(bought.order_id):
            for package in self.history.packages_of(row):
                if package["left_seconds"] + package["frozen_seconds"]:
                    yield f"{package['left_seconds']} seconds are left of {bought}, which is given back"

    def _of_promotion(self, promised: Promised) -> Iterator[str]:
        [row] = self.history.select("SELECT * FROM promotion WHERE id = :id", id=promised.id)
        uses = [use for bought in self.history.bought.values() for use in self._uses(bought, promised)]
        uses += [(None, account.account, False, 0, seconds, "") for account, _, seconds in promised.alone]
        minor: Counter[str] = Counter()
        for use in uses:
            minor[use[5]] += use[3]
        counted = (row["used"], row["used_seconds"], {key: value for key, value in row["used_minor"].items() if value})
        wanted = (len(uses), sum(use[4] for use in uses), {key: value for key, value in minor.items() if value})
        if counted != wanted:
            yield f"{promised} counts {counted}, not {wanted}"
        yield from self._over_limits(promised, uses)

    def _uses(self, bought: Bought, promised: Promised) -> Iterator[Use]:
        if promised not in bought.codes or not self.stands(bought.order_id):
            return
        if not promised.is_discount and bought.order_id in self.withheld:
            return
        minor = bought.list_minor - bought.price_minor if promised.is_discount else 0
        seconds = 0 if promised.is_discount else bought.bonus_seconds
        yield (bought.order_id, bought.account.account, bought.had_ended, minor, seconds, bought.currency)

    def _over_limits(self, promised: Promised, uses: list[Use]) -> Iterator[str]:
        terms = promised.terms
        in_time = [use for use in uses if not use[2]]
        if len(in_time) > terms.get("uses", len(in_time)):
            yield f"{promised} is used {len(in_time)} times in time"
        if sum(use[4] for use in in_time) > terms.get("budget_seconds", 2**60):
            yield f"{promised} gives {in_time}"
        if "budget_minor" in terms and sum(use[3] for use in in_time) > terms["budget_minor"]["RUB"]:
            yield f"{promised} takes off {in_time}"
        each = terms.get("uses_each", 1) or len(uses)
        persons = Counter(self._person(use[1]) for use in in_time)
        if persons and max(persons.values()) > each:
            yield f"{promised} is used {persons} times by persons"
        beyond = Counter(self._person(use[1]) for use in uses)
        for use in uses:
            # Money that comes late counts even beyond a limit; then a person is to look at it.
            is_beyond = len(uses) > terms.get("uses", len(uses)) or beyond[self._person(use[1])] > each
            if is_beyond and not any(self.orders[one[0]]["needs_review"] for one in uses if one[0] and one[2]):
                yield f"{promised} is used beyond its limit, and nobody is told: {uses}"
                break

    def _of_programme(self, name: str, terms: dict[str, Any]) -> Iterator[str]:
        awards = self.history.select(
            "SELECT award.*, account.id AS account_id, account.opened_at FROM programme_award AS award"
            " JOIN programme ON programme.number = programme JOIN account ON account.number = account"
            " WHERE programme.id = :name AND account.id LIKE :accounts",
            name=name,
            accounts=f"{self.history.name}-%",
        )
        given = 0
        persons: defaultdict[str, list[Row]] = defaultdict(list)
        for award in awards:
            package = self.packages[str(award["package_id"])]
            taken = package["voided_seconds"] if award["reversed_at"] else 0
            given += package["granted_seconds"] - taken
            if award["reversed_at"] and package["left_seconds"] and not _has_ended(package, award["reversed_at"]):
                yield f"{name}: {package['left_seconds']} seconds outlive their reason"
            if not award["reversed_at"] and award["order_id"] and not self.stands(award["order_id"]):
                yield f"{name}: the award of {award['order_id']} outlives it"
            if taken < package["granted_seconds"]:
                persons[self._person(award["account_id"])].append(award)
            is_nth = terms["trigger"] == "nth_purchase" and not award["reversed_at"]
            if is_nth and self._standing_until(award) < terms["purchases"]:
                yield f"{name}: the purchase of {award['account_id']} is not number {terms['purchases']} any more"
        if given > terms.get("budget_seconds", given):
            yield f"{name} gives {given} seconds"
        if sum(not award["reversed_at"] for award in awards) > terms.get("uses_limit", len(awards)):
            yield f"{name} is given {len(awards)} times"
        for person, had in persons.items():
            if terms["trigger"] in ("first_purchase", "nth_purchase") and len(had) > 1:
                yield f"{name} is given {len(had)} times to {person}"
            moments = sorted(award["earned_at"] for award in had)
            apart = timedelta(days={"return": terms.get("after_days", 0), "birthday": 360}.get(terms["trigger"], 0))
            if any(after - before < apart for before, after in pairwise(moments)):
                yield f"{name} is given at {moments} to {person}"

    def _standing_until(self, award: Row) -> int:
        """
        Count the purchases of an award's person that stand, up to the one that has earned it.

        Of the person's other accounts those count, too, that were given back since (docs/open-points.md).
        """
        last = self.orders[award["order_id"]]
        return sum(
            row["price_minor"] > 0
            and (self.stands(row["id"]) or (row["status"] == "paid" and row["account_id"] != award["account_id"]))
            and self._payer(row["account_id"]) == self._payer(award["account_id"])
            and (row["recorded_at"], row["id"]) <= (last["recorded_at"], last["id"])
            for row in self.orders.values()
        )

    def _of_referrals(self) -> Iterator[str]:
        referrals = self.history.select(
            "SELECT referral.*, referrer.id AS referrer_id, friend.id AS friend_id FROM referral"
            " JOIN account AS referrer ON referrer.number = referral.referrer"
            " JOIN account AS friend ON friend.number = referral.friend"
            " WHERE friend.id LIKE :name",
            name=f"{self.history.name}-%",
        )
        rewarded: Counter[tuple[str, str]] = Counter()
        invited = {self._person(row["friend_id"]): self._person(row["referrer_id"]) for row in referrals}
        for row in referrals:
            name = f"{row['referrer_id']} invited {row['friend_id']}"
            packages = [
                self.packages[str(row[side])] for side in ("referrer_package_id", "friend_package_id") if row[side]
            ]
            match row["status"]:
                case "qualified":
                    if not self.stands(row["order_id"]):
                        yield f"{name}: rewarded, and the purchase is given back"
                    if row["qualified_at"] - self.orders[row["order_id"]]["recorded_at"] < timedelta(days=14):
                        yield f"{name}: rewarded within two weeks"
                    if row["referrer_seconds"]:
                        rewarded[row["referrer_id"], f"{row['qualified_at']:%Y-%m}"] += 1
                case "pending":
                    yield f"{name}: it is never decided"
                case _:
                    left = [package for package in packages if not _has_ended(package, row["ended_at"])]
                    if any(package["left_seconds"] for package in left):
                        yield f"{name}: {row['status']}, and the reward is left"
            if self._person(row["referrer_id"]) == self._person(row["friend_id"]):
                yield f"{name}: that is one person"
            if self._leads_back(invited, self._person(row["friend_id"])):
                yield f"{name}: that is a circle"
        if rewarded and max(rewarded.values()) > 1:
            yield f"rewarded in a month: {rewarded}"

    def _leads_back(self, invited: dict[str, str], person: str) -> bool:
        seen, at = set(), person
        while at in invited and at not in seen:
            seen.add(at)
            at = invited[at]
        return at == person and person in seen

    def _of_campaign(self, name: str, meant: set[str]) -> Iterator[str]:
        [row] = self.history.select("SELECT * FROM campaign WHERE id = :name", name=name)
        got = [self.packages.get(package_id_of_campaign(name, account)) for account in sorted(meant)]
        given = [package for package in got if package is not None]
        if row["status"] not in ("completed", "voided"):
            yield f"campaign {name} is {row['status']} for ever"
        if row["status"] == "completed" and len(given) != len(meant):
            yield f"campaign {name} gave to {len(given)} of {len(meant)} accounts"
        if any(package["granted_seconds"] != 600 for package in given):
            yield f"campaign {name} gave {given}"
        if row["status"] == "voided" and any(package["left_seconds"] for package in given):
            yield f"something is left of campaign {name}, which is voided"
        everybody = {package_id_of_campaign(name, one.account) for one in self.history.accounts}
        if len(everybody & self.packages.keys()) != len(given):
            yield f"campaign {name} gave to others, too"

    def _payer(self, account_id: str) -> int:
        """Whose account it is, as the card tells in the end."""
        number = [one.account for one in self.history.accounts].index(account_id)
        return {1: 0, 3: 2}.get(number, number)

    def _person(self, account_id: str) -> str:
        [account] = [one for one in self.history.accounts if one.account == account_id]
        return str(self.history.person(account))


def differences_of(history: History) -> list[str]:
    """What differs after a history from what must be true, in words."""
    return list(Comparison(history).differences())


def _has_ended(package: Row, at: datetime | None) -> bool:
    return at is not None and package["expires_at"] is not None and bool(package["expires_at"] <= at)
