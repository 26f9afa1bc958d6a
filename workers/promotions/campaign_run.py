"""Running campaigns: accounts get their minutes, or lose what is left of them, some at a time, a transaction each."""

from collections import Counter
from collections.abc import Callable, Set
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime

from domain.ids import package_id_of_campaign
from domain.minutes.book import Book
from domain.promotions.bonus import Bonus, BonusReason
from domain.promotions.campaign import Campaign, CampaignKind, CampaignStatus, complete, end_void, ends_at
from messages.envelope import type_of
from messages.promotions.campaigns import CampaignCompleted
from messages.queues import FACTS
from messages.write import write
from store.engine import Session
from store.minutes.book import add_packages_to, open_books
from store.minutes.expiry import DueAccounts, Position
from store.minutes.save import save
from store.outbox import Outgoing, put_outgoing
from store.promotions.campaign import (
    Member,
    Sums,
    Work,
    find_working,
    lock_campaign,
    lock_members,
    lock_next,
    mark_granted,
    mark_voided,
    save_campaign,
    share_campaign,
    sums_of,
)
from workers.context import Context
from workers.facts import Facts
from workers.minutes.chunks import handle_in_chunks
from workers.promotions.bonus import give_bonus, void_bonus

THREADS = 2
"""While the database writes one chunk, the next one is decided about."""

Handle = Callable[[Session, Work, list[Member], datetime], int]
"""Does what a campaign is for with some of its accounts, and returns with how many."""


def run_campaigns(context: Context) -> Counter[str]:
    """
    Go on with every campaign that is running or being voided.

    Any number of workers may do so at once, and each may die: an account's minutes and the note that it has them are
    one transaction.

    Returns:
        How many accounts were `granted` and `voided`, and how many campaigns `ended`.

    Raises:
        GiveBack: the process is ending while the store is away.
        Unavailable: the store is away; repeating is harmless.
    """
    done: Counter[str] = Counter()
    for work in context.transact(find_working):
        is_running = work.campaign.status is CampaignStatus.RUNNING
        done += _run(context, work, _grant if is_running else _void)
        done["ended"] += context.transact(lambda session, work=work: _end(session, work, context.clock()))  # type: ignore[misc]
    return done


def _run(context: Context, work: Work, handle: Handle) -> Counter[str]:
    """Handle the accounts of a campaign in chunks, as long as its status stays as it is."""
    name = "granted" if handle is _grant else "voided"

    def lock(session: Session, after: Position | None, limit: int) -> DueAccounts:
        members = lock_next(session, work, after=0 if after is None else after.number, limit=limit)
        last = Position(work.campaign.created_at, members[-1].number) if members else None
        return DueAccounts(frozenset(member.account_id for member in members), last)

    def handle_some(session: Session, account_ids: Set[str]) -> Counter[str]:
        members = lock_members(session, work, account_ids)
        # Shared with other chunks, so whoever voids the campaign waits for them, and none begins afterwards.
        if share_campaign(session, work.number).status is not work.campaign.status:
            return Counter()
        return Counter({name: handle(session, work, members, context.clock())})

    done: Counter[str] = Counter()
    with ThreadPoolExecutor(THREADS) as threads:
        for counted in threads.map(lambda _: handle_in_chunks(context, lock, handle_some), range(THREADS)):
            done += counted
    return done


def _grant(session: Session, work: Work, members: list[Member], now: datetime) -> int:
    campaign, facts = work.campaign, Facts(now)
    books = open_books(session, [member.account_id for member in members])
    granted = [(book.account_number, _give(book, campaign, facts)) for book in books.values()]
    facts.emit_balances(books.values())
    save(session, books.values(), facts)
    mark_granted(session, work.number, granted)
    return len(granted)


def _give(book: Book, campaign: Campaign, facts: Facts) -> str:
    reason = BonusReason.COMPENSATION if campaign.kind is CampaignKind.COMPENSATION else BonusReason.CAMPAIGN
    package_id = package_id_of_campaign(campaign.id, book.account_id)
    expires_at = ends_at(campaign, granted_at=facts.at)
    bonus = Bonus(package_id, reason, campaign.id, campaign.seconds_each, expires_at)
    give_bonus(book, bonus, facts, message_id=campaign.message_id)
    return package_id


def _void(session: Session, work: Work, members: list[Member], now: datetime) -> int:
    facts = Facts(now)
    books = open_books(session, [member.account_id for member in members])
    add_packages_to(session, books, {member.account_id: member.package_id or "" for member in members})
    cause = work.campaign.void_message_id or work.campaign.message_id
    taken = [
        (member.number, void_bonus(books[member.account_id], str(member.package_id), facts, message_id=cause))
        for member in members
    ]
    facts.emit_balances(books.values())
    save(session, books.values(), facts)
    mark_voided(session, work.number, taken)
    return len(taken)


def _end(session: Session, work: Work, now: datetime) -> int:
    """End a campaign with whose accounts nothing is left to do, and emit that; return whether it has ended."""
    before = lock_campaign(session, work.campaign.id)
    assert before is not None
    sums = sums_of(session, work)
    if before.status is not work.campaign.status or sums.left:
        return 0
    if before.status is CampaignStatus.RUNNING:
        after = complete(before, sums.granted, at=now)
    else:
        after = end_void(before, sums.granted, sums.voided_seconds, at=now)
    save_campaign(session, after, before=before)
    _emit_completed(session, after, sums, now)
    return 1


def _emit_completed(session: Session, campaign: Campaign, sums: Sums, now: datetime) -> None:
    data = {
        "campaign_id": campaign.id,
        "outcome": "granted" if campaign.status is CampaignStatus.COMPLETED else "voided",
        "kind": campaign.kind,
        "accounts": sums.granted,
        "granted_seconds": sums.granted * campaign.seconds_each,
        "voided_seconds": sums.voided_seconds,
        "completed_at": now,
    }
    message_id, body = write(CampaignCompleted, data, at=now)
    put_outgoing(session, Outgoing(FACTS, type_of(CampaignCompleted), message_id, body))
