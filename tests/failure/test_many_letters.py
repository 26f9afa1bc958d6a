"""Three thousand dead letters are sent again at once, while workers run and are killed: each is applied once."""

from broker.publication import Publication
from domain.access.act import Act, Actor
from messages.letters import LettersDecisionRequested
from messages.queues import INGRESS, MINUTE_USAGE, SALES
from store.dead_letters import DeadLetter, save_dead_letters
from store.engine import open_engine
from store.transaction import transaction
from tests.failure.installation import Installation
from tests.failure.producer import Producer
from tests.servers.waiting import wait_until
from tests.workers.events import Json, body, grant, usage
from workers.context import Context
from workers.operate import operate
from workers.submit import Submission

LETTERS, LIVE, ACCOUNTS = 3_000, 900, 20

GRANTED_SECONDS = 10_000_000


def account_of(number: int) -> str:
    """The account that the usage of a number is of."""
    return f"buyer-{number % ACCOUNTS}"


class TestManyLetters:
    def test_are_applied_once_each_while_workers_are_killed(self, installation: Installation) -> None:
        engine = open_engine(installation.database_url)
        letters = [usage(account_of(number), 1 + number % 7, event_id=f"letter-{number}") for number in range(LETTERS)]
        live = [usage(account_of(number), 2, event_id=f"live-{number}") for number in range(LIVE)]
        granted = [grant(account_of(number), GRANTED_SECONDS, event_id=f"grant-{number}") for number in range(ACCOUNTS)]
        with transaction(engine) as session:
            save_dead_letters(session, [dead_letter(each) for each in letters])
        worker, other = installation.start("worker"), installation.start("worker")
        installation.start("relay")
        publish_all(installation, [Publication(SALES, MINUTE_USAGE, each["id"], body(each)) for each in granted])
        installation.wait_until_applied(ACCOUNTS)

        producer = Producer(
            installation.rabbit.url, [Publication(INGRESS, MINUTE_USAGE, each["id"], body(each)) for each in live]
        )
        producer.go_to(0.5)
        first, again = [decide(Context(engine)) for _ in range(2)]
        for looked_at in (300, 1_500):
            wait_until(lambda at=looked_at: progress(installation)[1] >= at, f"{looked_at} are sent", limit_s=40)  # type: ignore[misc]
            worker.kill()
            other.kill()
        producer.finish()
        producer.stop()
        wait_until(lambda: progress(installation)[0], "the decision is carried out", limit_s=90)
        installation.wait_until_applied(ACCOUNTS + LIVE + LETTERS + 1, limit_s=90)  # and the decision
        wait_until(lambda: not installation.undelivered(), "the queues are empty", limit_s=30)
        codes = installation.end()

        # Pressed twice with the same form, it was one decision.
        assert first == again
        assert first["letters"] == LETTERS
        assert progress(installation) == (True, LETTERS, LETTERS)
        booked = {key[1]: one for key, one in installation.witness.usages().items()}
        wanted = {each["id"]: (each["subject"], each["data"]["seconds"]) for each in [*letters, *live]}
        assert {name: (one.account, one.seconds) for name, one in booked.items()} == wanted
        used = sum(seconds for _, seconds in wanted.values())
        [(burnt, lines)] = installation.witness.select("SELECT -sum(seconds), count(*) FROM entry WHERE kind = 'burn'")
        assert (int(burnt), lines) == (used, LETTERS + LIVE)
        assert installation.witness.select("SELECT state, count(*) FROM dead_letter GROUP BY state") == [
            ("replayed", LETTERS)
        ]
        assert set(codes.values()) == {0}
        assert (worker.starts, other.starts) == (3, 3)
        engine.dispose()


def dead_letter(letter: Json) -> DeadLetter:
    """A usage that nobody could apply when it came."""
    return DeadLetter(
        "quarantined",
        MINUTE_USAGE,
        "TooEarly",
        "its clock was fast",
        body(letter),
        letter["source"],
        letter["id"],
        exchange=INGRESS,
    )


def publish_all(installation: Installation, publications: list[Publication]) -> None:
    """Publish some messages and wait until the broker has them."""
    producer = Producer(installation.rabbit.url, publications)
    producer.finish()
    producer.stop()


def decide(context: Context) -> Json:
    """Press the button of the preview, always with the same form."""
    data = {
        "does": "replay",
        "wanted": {"code": "TooEarly"},
        "up_to": 10**9,
        "expected": LETTERS,
        "reason": "its clock is right again",
        "decided_by": "ann",
    }
    act = Act(Actor("ann", "owner"), "letters.replay", reason="its clock is right again")
    return operate(context, act, Submission(LettersDecisionRequested, None, data, "", "form-of-ann")).answer


def progress(installation: Installation) -> tuple[bool, int, int]:
    """Whether the decision has ended, how many letters were looked at, and how many of them were sent again."""
    [row] = installation.witness.select("SELECT ended_at IS NOT NULL, looked_at, done FROM letter_decision")
    return row
