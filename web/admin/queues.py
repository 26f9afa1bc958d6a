"""Queues: do messages flow? What waits where, who consumes, which job ran when; nothing is taken from any queue."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, cast

from fastapi import Request, Response

from broker.counts import BrokerCounts, QueueCount
from domain.access.operator import is_live
from domain.access.role import Permission, may
from store.access.read_operators import find_operator_sessions
from store.engine import Session
from store.read import JobRun
from store.read_queues import QueuesPage, read_queues
from web.admin.board import Board, drawn_anew
from web.admin.operator import SignedIn, admin_of
from web.admin.route import AdminRouter
from web.admin.settings import Admin
from web.admin.show import show
from web.live.stream import EventStream
from web.look.pages import Pages, Reader
from web.reading import read

router = AdminRouter()

OLD = timedelta(minutes=1)
"""So long a message of the outbox may wait."""

SILENT = timedelta(minutes=1)
"""So long a process that lives is not heard of at the most."""


@dataclass(frozen=True, slots=True)
class JobLine:
    """A job of the timetable: its interval, when it should begin next, its last run, and in a word how it does."""

    run: JobRun
    every: timedelta | None
    next_at: datetime | None
    took: timedelta | None
    state: str
    tone: str


@router.page("/queues", Permission.QUEUES_READ)
def queues(request: Request, signed: SignedIn) -> Response:
    """Show what waits where, and who works."""
    return show(request, "queues.html", signed, **board_of(admin_of(request)))


@router.page("/queues/events", Permission.QUEUES_READ)
async def events(request: Request, signed: SignedIn) -> Response:
    """Stream the page of queues for as long as somebody looks at it."""
    board = cast(Board, request.app.state.board)
    if board.is_full:
        return Response(status_code=503, headers={"Retry-After": "10"})
    return EventStream(board.watch(signed.operator.session_id), drawn_anew(board))


def open_board(admin: Admin, pages: Pages) -> Board:
    """Return what draws the page of queues for all that look at it."""

    def draw() -> str:
        return pages.render("admin/queues_board.html", Reader("en"), **board_of(admin))

    def still_signed_in(sessions: set[int]) -> set[int]:
        at = admin.context.clock()
        found = read(admin.context, lambda session: find_operator_sessions(session, sessions))
        return {
            one.session_id
            for one in found
            if is_live(one.created_at, one.seen_at, at=at) and may(one.role, Permission.QUEUES_READ)
        }

    return Board(draw, still_signed_in, admin.context.stopping)


def board_of(admin: Admin) -> dict[str, Any]:
    """Return what the page shows, by the names of its template."""
    now = admin.context.clock()
    page = read(admin.context, lambda session: read_queues(session, list(admin.timetable), now=now))
    counts = admin.broker()
    jobs = [_job(page.runs[name], every, now) for name, every in admin.timetable.items()]
    return {
        "page": page,
        "counts": counts,
        "jobs": jobs,
        "faults": _faults(page, counts, jobs, now),
        "now": now,
        "silent_after": SILENT,
    }


def _job(run: JobRun, every: timedelta, now: datetime) -> JobLine:
    took = run.ended_at - run.started_at if run.ended_at and run.started_at else None
    next_at = run.claimed_slot + every if run.claimed_slot else None
    if run.started_at is None:
        state, tone = "not yet run", "warn"
    elif run.outcome == "failed":
        state, tone = "failed", "bad"
    elif now - run.started_at > 2 * every + OLD:
        state, tone = "silent", "bad"
    else:
        state, tone = ("under way", "info") if run.outcome == "running" else ("done", "good")
    return JobLine(run, every, next_at, took, state, tone)


def faults_of_tables(session: Session, timetable: Mapping[str, timedelta], *, now: datetime) -> list[str]:
    """Return in sentences what does not flow, as far as the tables tell without asking the broker."""
    page = read_queues(session, list(timetable), now=now)
    return _of_tables(page, [_job(page.runs[name], every, now) for name, every in timetable.items()], now)


def _faults(page: QueuesPage, counts: BrokerCounts, jobs: list[JobLine], now: datetime) -> list[str]:
    """Return in sentences what is wrong; without any, all flows."""
    faults = [*counts.alarms, *([counts.fault] if counts.fault else [])]
    faults += [f"Nobody consumes {one.queue}: is `billing worker` running?" for one in counts.queues if _is_left(one)]
    return faults + _of_tables(page, jobs, now)


def _of_tables(page: QueuesPage, jobs: list[JobLine], now: datetime) -> list[str]:
    faults = []
    if page.outbox_oldest is not None and now - page.outbox_oldest > OLD:
        faults.append("The outbox does not empty: is `billing relay` running, and does it reach RabbitMQ?")
    if page.outbox_refused.value:
        faults.append(f"{page.outbox_refused} messages of the outbox can never be published.")
    heard = {one.kind for one in page.processes if now - one.seen_at <= SILENT}
    silent = {one.kind for one in page.processes} - heard
    faults += [f"No `billing {kind}` is heard of any more." for kind in sorted(silent)]
    return faults + [f"Job {one.run.job} is {one.state}." for one in jobs if one.tone == "bad"]


def _is_left(count: QueueCount) -> bool:
    return count.consumers == 0
