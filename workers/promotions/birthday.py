"""Birthdays: accounts that were opened on this day of an earlier year are given what the programmes say."""

from domain.promotions.programme import Programme, Trigger, birthday_of
from store.engine import Session
from store.identity import accounts_of_person
from store.minutes.book import open_book
from store.minutes.save import save
from store.promotions.programme import Celebrating, find_celebrating, find_running_programmes
from store.promotions.purchase import purchases_before
from workers.context import Context
from workers.due_run import Counts
from workers.facts import Facts
from workers.promotions.programme import give_award

CHUNK = 200


def give_birthday_bonuses(context: Context) -> Counts:
    """
    Give the bonuses of the birthdays of the last days, each account in a transaction of its own.

    Raises:
        Unavailable: the store is away; repeating is harmless.
    """
    given = 0
    for programme in context.transact(lambda session: find_running_programmes(session, Trigger.BIRTHDAY)):
        after = 0
        while found := _next(context, programme, after):
            after = found[-1].number
            given += sum(_celebrate(context, programme, account) for account in found)
    return {"given": given}


def _next(context: Context, programme: Programme, after: int) -> list[Celebrating]:
    at = context.clock()
    return context.transact(lambda session: find_celebrating(session, programme, after=after, at=at, limit=CHUNK))


def _celebrate(context: Context, programme: Programme, account: Celebrating) -> bool:
    def work(session: Session) -> bool:
        facts = Facts(context.clock())
        birthday = birthday_of(account.opened_at, at=facts.at)
        if birthday is None:
            return False
        book = open_book(session, account.id)
        persons = accounts_of_person(session, account.number)
        if purchases_before(session, persons, at=facts.at).number < programme.purchases:
            return False
        earned = {"cause": str(birthday.year), "order_id": None, "earned_at": birthday}
        if not give_award(session, book, programme, earned, persons, facts):
            return False
        facts.emit_balances([book])
        save(session, [book], facts)
        return True

    return context.transact(work)
