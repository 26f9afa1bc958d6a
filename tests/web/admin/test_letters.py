"""Dead letters: what is decided about one or many, once, with its line in the audit log."""

import re
import threading

import pytest

from domain.access.role import Role
from messages.queues import DUE, INGRESS, INTERNAL, MINUTE_USAGE, SALES
from store.dead_letters import DeadLetter, save_dead_letters
from store.transaction import transaction
from tests.web.admin.browser import OperatorBrowser
from tests.web.portal.browser import Clock
from tests.workers.events import body, usage
from tests.workers.minutes.harness import MinutesHarness
from web.admin.settings import Admin
from workers.context import Context
from workers.letter_decisions import run_letter_decisions


def put(
    harness: MinutesHarness, *bodies: bytes, code: str = "Malformed", name: str | None = None, exchange: str = SALES
) -> list[int]:
    """Dead-letter some bytes; return the numbers of the letters."""
    letters = [
        DeadLetter(
            "quarantined",
            MINUTE_USAGE,
            code,
            "a <b>reason</b>",
            each,
            "screph-test" if name else None,
            name,
            exchange=exchange,
        )
        for each in bodies
    ]
    with transaction(harness.engine) as session:
        save_dead_letters(session, letters)
    rows = harness.select("SELECT id FROM dead_letter ORDER BY id DESC LIMIT :n", n=len(bodies))
    return sorted(row["id"] for row in rows)


def state_of(harness: MinutesHarness, number: int) -> str:
    """What was decided about a letter."""
    return str(harness.select("SELECT state FROM dead_letter WHERE id = :id", id=number)[0]["state"])


def acts(harness: MinutesHarness, action: str, number: int) -> list[str | None]:
    """The reasons of an act about a letter, in the audit log."""
    rows = harness.select(
        "SELECT reason FROM audit_log WHERE action = :action AND object = :object ORDER BY id",
        action=action,
        object=f"letter:{number}",
    )
    return [row["reason"] for row in rows]


class TestTheList:
    def test_shows_what_the_filters_mean(self, owner: OperatorBrowser, harness: MinutesHarness) -> None:
        [number] = put(harness, b"one of a kind", code="OneOfAKind")

        found = owner.get("/letters?code=OneOfAKind").text
        other = owner.get("/letters?code=Another").text

        assert f"/letters/{number}" in found
        assert "a &lt;b&gt;reason&lt;/b&gt;" in found
        assert f"/letters/{number}" not in other

    @pytest.mark.parametrize(
        ("filters", "is_meant"),
        [
            ("queue=minute-usage", True),
            ("queue=purchase", False),
            ("source=screph-test", True),
            ("source=another", False),
            ("since=2020-01-01T00:00", True),
            ("since=2999-01-01T00:00", False),
            ("until=2999-01-01T00:00", True),
            ("until=2020-01-01T00:00", False),
            ("state=replayed", False),
            ("state=any&source=screph-test&until=2999-01-01T00:00", True),
        ],
    )
    def test_is_narrowed_by_each_filter(
        self, owner: OperatorBrowser, harness: MinutesHarness, filters: str, is_meant: bool
    ) -> None:
        code = f"Filtered{len(filters)}{is_meant}"
        [number] = put(harness, f"filtered by {filters}".encode(), code=code, name=f"filtered-{filters}")

        assert (f'href="/letters/{number}"' in owner.get(f"/letters?code={code}&{filters}").text) == is_meant

    @pytest.mark.parametrize("filters", ["since=nonsense", "until=2026-13-01T00:00", "state=lost"])
    def test_refuses_what_it_cannot_read_for_it_would_mean_more(self, owner: OperatorBrowser, filters: str) -> None:
        form = {"does": "replay", "expected": "1", "up_to": "9", "form_id": "form-of-the-mistyped", "reason": "a try"}

        assert owner.get(f"/letters?{filters}").status_code == 422
        assert owner.get(f"/letters/many?{filters}").status_code == 422
        assert owner.send_form("/letters/many", form | dict([filters.split("=")])).status_code == 422

    def test_finds_a_type_in_the_bytes(self, owner: OperatorBrowser, harness: MinutesHarness) -> None:
        [number] = put(harness, body(usage("anna", 1)), code="OfType")

        assert f"/letters/{number}" in owner.get("/letters?code=OfType&type=screph.usage.reported.v1").text
        assert f"/letters/{number}" not in owner.get("/letters?code=OfType&type=screph.refund").text

    def test_finds_a_type_in_the_headers_of_binary_mode(self, owner: OperatorBrowser, harness: MinutesHarness) -> None:
        headers = {"cloudEvents:type": "screph.usage.reported.v1", "cloudEvents:id": "b-1"}
        letter = DeadLetter("quarantined", MINUTE_USAGE, "OfHeader", "why", b'{"seconds": "x"}', headers=headers)
        with transaction(harness.engine) as session:
            save_dead_letters(session, [letter])

        [row] = harness.select("SELECT id FROM dead_letter WHERE code = 'OfHeader'")
        address = f"/letters/{row['id']}"
        assert address in owner.get("/letters?code=OfHeader&type=screph.usage.reported.v1").text
        assert address not in owner.get("/letters?code=OfHeader&type=screph.spend.requested.v1").text

    def test_goes_on_with_older_ones(self, owner: OperatorBrowser, harness: MinutesHarness) -> None:
        numbers = put(harness, *(b"page %d" % number for number in range(51)), code="Paged")

        first = owner.get("/letters?code=Paged").text
        older = re.search(r'href="(/letters\?[^"]*cursor=[^"]*)"', first)
        assert older is not None
        second = owner.get(older.group(1).replace("&amp;", "&")).text

        assert f'href="/letters/{numbers[-1]}"' in first
        assert f'href="/letters/{numbers[0]}"' not in first
        assert f'href="/letters/{numbers[0]}"' in second


class TestALetter:
    def test_shows_its_bytes_to_whoever_may_decide_and_notes_it(
        self, owner: OperatorBrowser, admin: Admin, clock: Clock, harness: MinutesHarness
    ) -> None:
        [number] = put(harness, b'{"subject": "anna-the-buyer", "odd": "\xd0\x96"}')
        with OperatorBrowser(admin, clock) as viewer:
            seen_by_viewer = viewer.enter(Role.VIEWER).get(f"/letters/{number}").text
        seen_by_owner = owner.get(f"/letters/{number}").text

        assert "000000  7b 22 73" in seen_by_owner
        assert "odd" in seen_by_owner
        assert "odd" not in seen_by_viewer
        assert len(acts(harness, "letter.view", number)) == 1

    def test_that_there_is_not_is_not_found(self, owner: OperatorBrowser) -> None:
        assert owner.get("/letters/987654321").status_code == 404

    def test_is_sent_again_and_says_what_became_of_it(self, owner: OperatorBrowser, harness: MinutesHarness) -> None:
        event = usage(harness.account, 7)
        [number] = put(harness, body(event), name=event["id"])

        answer = owner.send_form(f"/letters/{number}/replay")
        waiting = owner.get(f"/letters/{number}").text
        harness.apply(event)
        applied = owner.get(f"/letters/{number}").text

        assert (answer.status_code, state_of(harness, number)) == (303, "replayed")
        assert "Its replay waits in the outbox" in waiting
        assert "Its message was applied" in applied
        assert harness.account in applied
        assert acts(harness, "letter.replay", number) == [None]

    def test_is_discarded_with_a_reason_and_never_without(
        self, owner: OperatorBrowser, harness: MinutesHarness
    ) -> None:
        [number] = put(harness, b"rubbish to discard")

        refused = owner.send_form(f"/letters/{number}/discard")
        between = state_of(harness, number)
        done = owner.send_form(f"/letters/{number}/discard", {"reason": "a test of theirs"})

        assert (refused.status_code, between) == (409, "waiting")
        assert "wants a reason" in refused.text
        assert (done.status_code, state_of(harness, number)) == (303, "discarded")
        assert acts(harness, "letter.discard", number) == ["a test of theirs"]

    def test_is_sent_again_by_nobody_who_may_not(self, admin: Admin, clock: Clock, harness: MinutesHarness) -> None:
        [number] = put(harness, b"not for viewers")
        with OperatorBrowser(admin, clock) as viewer:
            answer = viewer.enter(Role.VIEWER).send_form(f"/letters/{number}/replay")

        assert (answer.status_code, state_of(harness, number)) == (403, "waiting")


class TestAnotherExchange:
    def test_is_named_by_an_owner_with_a_reason(self, owner: OperatorBrowser, harness: MinutesHarness) -> None:
        event = usage(harness.account, 9)
        [number] = put(harness, body(event), name=event["id"], exchange=INGRESS)
        asked = {"exchange": SALES, "proof": owner.code()}

        without = owner.send_form(f"/letters/{number}/replay-through", asked)
        between = state_of(harness, number)
        done = owner.send_form(f"/letters/{number}/replay-through", {"exchange": SALES, "reason": "it is Screph's own"})

        assert (without.status_code, between) == (409, "waiting")
        assert (done.status_code, state_of(harness, number)) == (303, "replayed")
        assert self.sent(harness, number) == [SALES]
        assert acts(harness, "letter.replay", number) == ["it is Screph's own"]

    def test_makes_no_recorders_message_mighty_for_support(
        self, admin: Admin, clock: Clock, harness: MinutesHarness
    ) -> None:
        event = usage(harness.account, 9)
        [number] = put(harness, body(event), name=event["id"], exchange=INGRESS)
        with OperatorBrowser(admin, clock) as support:
            support.enter(Role.SUPPORT)
            page = support.get(f"/letters/{number}").text
            named = support.send_form(f"/letters/{number}/replay-through", {"exchange": SALES, "reason": "because"})
            support.send_form(f"/letters/{number}/replay", {"exchange": SALES})

        assert named.status_code == 403
        assert "replay-through" not in page
        assert self.sent(harness, number) == [INGRESS]

    @staticmethod
    def sent(harness: MinutesHarness, number: int) -> list[str]:
        rows = harness.select("SELECT exchange FROM outbox WHERE message_id = :id", id=f"dead-letter-{number}")
        return [row["exchange"] for row in rows]


class TestCorrecting:
    def test_sends_a_new_message_and_discards_the_letter(self, owner: OperatorBrowser, harness: MinutesHarness) -> None:
        [number] = put(harness, b'{"seconds": "many"}', code="Corrected")
        event = usage(harness.account, 33)

        done = owner.send_form(f"/letters/{number}/edit", {"body": body(event).decode(), "reason": "a typing error"})

        assert done.status_code == 200, done.text
        [sent] = harness.select("SELECT * FROM outbox WHERE message_id LIKE :like", like=f"edited-{number}-%")
        assert sent["message_id"] in done.text
        assert event["id"].encode() not in bytes(sent["body"])
        assert (sent["exchange"], sent["routing_key"]) == (SALES, MINUTE_USAGE)
        [letter] = harness.select("SELECT state, resolution FROM dead_letter WHERE id = :id", id=number)
        assert letter["state"] == "discarded"
        assert sent["message_id"] in letter["resolution"]
        assert acts(harness, "letter.edit", number) == ["a typing error"]

    @pytest.mark.parametrize(
        ("text", "fault"),
        [("{", "this is no JSON"), ("[]", "one event is wanted"), ("{}", "would not take it")],
    )
    def test_refuses_what_the_queue_would_refuse_and_changes_nothing(
        self, owner: OperatorBrowser, harness: MinutesHarness, text: str, fault: str
    ) -> None:
        [number] = put(harness, f"still wrong: {text}".encode(), code="Corrected")

        refused = owner.send_form(f"/letters/{number}/edit", {"body": text, "reason": "a try"})

        assert refused.status_code == 409
        assert fault in refused.text
        assert state_of(harness, number) == "waiting"
        assert harness.select("SELECT * FROM outbox WHERE message_id LIKE :like", like=f"edited-{number}-%") == []

    def test_is_for_owners_alone(self, admin: Admin, clock: Clock, harness: MinutesHarness) -> None:
        [number] = put(harness, b"not for support")
        with OperatorBrowser(admin, clock) as support:
            refused = support.enter(Role.SUPPORT).send_form(f"/letters/{number}/edit", {"body": "{}", "reason": "r"})

        assert refused.status_code == 403


class EndsAfter(threading.Event):
    """Says after some waits that the process is to end."""

    def __init__(self, waits: int) -> None:
        super().__init__()
        self._left = waits

    def wait(self, timeout: float | None = None) -> bool:
        """Count a wait."""
        self._left -= 1
        if self._left == 0:
            self.set()
        return self.is_set()


class TestMany:
    def form(self, owner: OperatorBrowser, code: str) -> dict[str, str]:
        """The hidden fields of the preview, and why."""
        text = owner.get(f"/letters/many?code={code}").text
        named = re.findall(r'<input type="hidden" name="(code|state|expected|up_to|form_id)" value="([^"]*)"', text)
        return {"reason": "they are looked at"} | dict(named)

    def count(self, harness: MinutesHarness, code: str, state: str) -> int:
        """How many letters of a code are in a state."""
        query = "SELECT count(*) AS n FROM dead_letter WHERE code = :code AND state = :state"
        return int(harness.select(query, code=code, state=state)[0]["n"])

    def carry_out(self, harness: MinutesHarness) -> dict[str, int]:
        """Do what a worker does that is reminded."""
        return dict(run_letter_decisions(Context(harness.engine)))

    def test_are_shown_first_and_then_sent_again_once(self, owner: OperatorBrowser, harness: MinutesHarness) -> None:
        events = [usage(harness.account, number + 1) for number in range(230)]
        put(harness, *(body(event) for event in events), code="BulkReplay")

        shown = self.form(owner, "BulkReplay")
        answers = [owner.send_form("/letters/many", shown | {"does": "replay"}) for _ in range(2)]
        page = answers[0].headers["location"]
        before = owner.get(page).text
        carried_out = self.carry_out(harness)
        after = owner.get(page).text

        assert shown["expected"] == "230"
        # Pressed twice: one message, so one decision.
        assert [answer.headers["location"] for answer in answers] == [page, page]
        assert "0 of 230 so far" in before
        assert (carried_out["decided"], carried_out["ended"]) == (230, 1)
        assert "It is carried out" in after
        assert self.count(harness, "BulkReplay", "replayed") == 230
        query = "SELECT count(*) AS n FROM outbox WHERE message_id IN (SELECT 'dead-letter-' || id FROM dead_letter WHERE code = :code)"
        assert harness.select(query, code="BulkReplay")[0]["n"] == 230
        [act] = harness.select("SELECT detail, reason FROM audit_log WHERE action = 'letters.replay'")
        assert (act["detail"]["letters"], act["reason"]) == (230, "they are looked at")

    def test_workers_are_reminded_with_the_decision(self, owner: OperatorBrowser, harness: MinutesHarness) -> None:
        put(harness, b"to be reminded of", code="BulkReminded")

        answer = owner.send_form("/letters/many", self.form(owner, "BulkReminded") | {"does": "replay"})
        number = answer.headers["location"].rpartition("/")[2]

        [sent] = harness.select("SELECT * FROM outbox WHERE message_id = :id", id=f"letters:{number}")
        assert (sent["exchange"], sent["routing_key"]) == (INTERNAL, DUE)
        self.carry_out(harness)

    def test_say_what_became_of_their_messages(self, owner: OperatorBrowser, harness: MinutesHarness) -> None:
        event, lost = usage(harness.account, 5), usage(harness.account, 6)
        put(harness, body(event), code="BulkFate", name=event["id"])
        put(harness, body(lost), code="BulkFate", name=lost["id"])
        answer = owner.send_form("/letters/many", self.form(owner, "BulkFate") | {"does": "replay"})
        self.carry_out(harness)
        source = harness.select("SELECT source FROM dead_letter WHERE code = 'BulkFate' LIMIT 1")[0]["source"]
        assert source == event["source"]

        harness.apply(event)
        put(harness, body(lost), code="BulkFateAgain", name=lost["id"])
        page = re.sub(r"<[^>]*>|\s+", " ", owner.get(answer.headers["location"]).text)

        assert re.search(r"Applied +1 ", page)
        assert re.search(r"Dead-lettered again +1 ", page)
        assert re.search(r"without a name +0 ", page)

    def test_are_not_decided_about_twice_at_once(self, owner: OperatorBrowser, harness: MinutesHarness) -> None:
        put(harness, b"twice 1", b"twice 2", code="BulkTwice")
        first = owner.send_form("/letters/many", self.form(owner, "BulkTwice") | {"does": "replay"})

        second = owner.send_form("/letters/many", self.form(owner, "BulkTwice") | {"does": "discard"})
        number = first.headers["location"].rpartition("/")[2]
        self.carry_out(harness)

        assert second.status_code == 409
        assert f"decision {number} is about some of them" in second.text
        assert self.count(harness, "BulkTwice", "replayed") == 2

    def test_go_on_where_a_worker_has_ended(self, owner: OperatorBrowser, harness: MinutesHarness) -> None:
        put(harness, *(b"resumed %d" % number for number in range(250)), code="BulkResumed")
        owner.send_form("/letters/many", self.form(owner, "BulkResumed") | {"does": "discard"})
        ending = Context(harness.engine, stopping=EndsAfter(2))

        first = run_letter_decisions(ending)
        between = self.count(harness, "BulkResumed", "discarded")
        second = self.carry_out(harness)

        assert (first["decided"], between) == (200, 200)
        assert (second["decided"], second["ended"]) == (50, 1)

    def test_are_discarded_with_a_reason(self, owner: OperatorBrowser, harness: MinutesHarness) -> None:
        put(harness, b"many 1", b"many 2", code="BulkDiscard")
        shown = self.form(owner, "BulkDiscard")

        refused = owner.send_form("/letters/many", shown | {"does": "discard", "reason": " "})
        owner.send_form("/letters/many", shown | {"does": "discard", "reason": "an old recorder"})
        self.carry_out(harness)

        assert refused.status_code == 409
        assert self.count(harness, "BulkDiscard", "discarded") == 2
        [act] = harness.select(
            "SELECT reason FROM audit_log WHERE action = 'letters.discard' AND reason LIKE 'an old%'"
        )
        assert act["reason"] == "an old recorder"

    def test_that_came_after_the_preview_are_left_alone(self, owner: OperatorBrowser, harness: MinutesHarness) -> None:
        put(harness, b"before", code="BulkLater")
        shown = self.form(owner, "BulkLater")
        [later] = put(harness, b"after", code="BulkLater")

        owner.send_form("/letters/many", shown | {"does": "discard", "reason": "seen"})
        self.carry_out(harness)

        assert self.count(harness, "BulkLater", "discarded") == 1
        assert state_of(harness, later) == "waiting"

    def test_of_which_others_decided_meanwhile_are_shown_again(
        self, owner: OperatorBrowser, harness: MinutesHarness
    ) -> None:
        [first, _] = put(harness, b"two 1", b"two 2", code="BulkChanged")
        shown = self.form(owner, "BulkChanged")
        owner.send_form(f"/letters/{first}/discard", {"reason": "alone"})

        refused = owner.send_form("/letters/many", shown | {"does": "replay"})

        assert refused.status_code == 409
        assert "1 letters wait now, not 2" in refused.text
