"""Dead letters to look at: some that wait, and a decision about some that is carried out."""

from domain.access.act import Act, Actor
from messages.letters import LettersDecisionRequested
from messages.queues import MINUTE_USAGE, SALES
from store.dead_letters import DeadLetter, save_dead_letters
from store.transaction import transaction
from tests.workers.events import Json, body, usage
from workers.context import Context
from workers.letter_decisions import run_letter_decisions
from workers.operate import operate
from workers.submit import Submission

CODE = "TooEarly"


def sent_again(account: str) -> list[Json]:
    """Return the usages that were dead-lettered and sent again."""
    return [usage(account, seconds, event_id=f"early-{seconds}") for seconds in (60, 120, 180)]


def decide_about_letters(context: Context, account: str = "anna") -> tuple[int, int]:
    """Dead-letter some usages and send them again, and one more that waits; return its number, and the decision's."""
    sent = sent_again(account)
    waiting = usage(account, 240, event_id="early-240")
    with transaction(context.engine) as session:
        save_dead_letters(session, [_letter(event["id"], body(event)) for event in sent])
    data = {
        "does": "replay",
        "wanted": {"code": CODE},
        "up_to": 10**9,
        "expected": len(sent),
        "reason": "the clock is right again",
        "decided_by": "ann",
    }
    act = Act(Actor("ann", "owner"), "letters.replay", reason="the clock is right again")
    decided = operate(context, act, Submission(LettersDecisionRequested, None, data, "", "form-of-ann")).answer
    run_letter_decisions(context)
    with transaction(context.engine) as session:
        save_dead_letters(session, [_letter(waiting["id"], body(waiting))])
        [number] = session.connection().exec_driver_sql("SELECT max(id) FROM dead_letter").one()
    return int(number), int(decided["decision"])


def _letter(event_id: str, content: bytes) -> DeadLetter:
    reason = "it came before the moment at which it happened"
    return DeadLetter("quarantined", MINUTE_USAGE, CODE, reason, content, "screph-test", event_id, exchange=SALES)
