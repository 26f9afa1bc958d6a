"""Operators of each role in a browser, and what there is for them to decide about."""

import re
import uuid
from dataclasses import dataclass
from typing import Any

from playwright.sync_api import APIResponse, Browser, expect

from domain.access.role import Permission, Role
from messages.promotions.codes import PromotionCreateRequested
from messages.queues import MINUTE_USAGE, SALES
from store.dead_letters import DeadLetter, save_dead_letters
from store.transaction import transaction
from tests.browser.installation import Installation
from tests.browser.visiting import Visitor
from tests.web.admin.browser import PASSWORD, OperatorBrowser
from tests.web.portal.browser import Clock
from tests.workers.events import body, usage
from tests.workers.minutes.harness import MinutesHarness
from web.admin.settings import Admin
from workers.context import Context
from workers.submit import Submission, submit


class Operator:
    """Somebody with a role, signed in with their telephone, in a browser of their own."""

    def __init__(self, chromium: Browser, admin: Admin, clock: Clock, role: Role) -> None:
        self.role = role
        self._phone = OperatorBrowser(admin, clock)
        self._phone.join(role)
        self.name, self.clock = self._phone.name, clock
        self.visitor = Visitor(chromium, admin.address)
        self.page = self.visitor.page
        self.sign_in()

    def close(self) -> None:
        """End it."""
        self.visitor.__exit__()
        self._phone.__exit__()

    def code(self) -> str:
        """What their app shows."""
        return self._phone.code()

    def sign_in(self) -> None:
        """Sign in by name, password and a code, at the page."""
        self.page.goto("/sign-in")
        self.page.get_by_label("Name").fill(self.name)
        self.page.get_by_label("Password").fill(PASSWORD)
        self.page.get_by_label("Code of your app").fill(self.code())
        self.visitor.press("Sign in")
        self.page.wait_for_url(re.compile(r"://[^/]+/$"))

    def confirm(self) -> None:
        """Give the second factor again where the page asks for it."""
        expect(self.page.get_by_role("heading", name="Confirm that it is you")).to_be_visible()
        self.page.get_by_label("Code of your app").fill(self.code())
        self.visitor.press("Confirm")

    def titles(self) -> list[str]:
        """What stands in the side navigation."""
        return self.page.locator("nav.side a").all_inner_texts()

    def send(self, path: str, form: dict[str, Any]) -> APIResponse:
        """Send what a button would send that the page does not have, with this browser's own secret and cookies."""
        self.page.goto("/sessions")
        secret = self.page.locator("input[name=form_secret]").first.get_attribute("value")
        fields = {name: str(value) for name, value in form.items()} | {"form_secret": str(secret)}
        return self.page.request.post(path, form=fields, headers={"sec-fetch-site": "same-origin"})


@dataclass(frozen=True, slots=True)
class Things:
    """What there is to decide about: an account, its paid order, a promotion, a dead letter."""

    account: MinutesHarness
    order_id: str
    promotion: str
    letter: int

    def count(self, query: str) -> int:
        """Return a number from the database."""
        return int(self.account.select(query, account=self.account.account)[0]["n"])

    def state(self) -> tuple[int, int, int, int]:
        """What nobody has changed as long as it stays the same: grants, refunds, pauses, letters that wait, operators."""
        return (
            self.count(
                "SELECT count(*) AS n FROM package WHERE kind = 'support'"
                " AND account = (SELECT number FROM account WHERE id = :account)"
            ),
            self.count("SELECT count(*) AS n FROM refund"),
            self.count("SELECT count(*) AS n FROM promotion WHERE paused_at IS NOT NULL"),
            self.count("SELECT count(*) AS n FROM dead_letter WHERE state <> 'waiting'"),
        )

    def acts(self, name: str, action: str) -> list[dict[str, Any]]:
        """Return what the audit log says of an operator."""
        rows = self.account.select(
            "SELECT object, reason, role, detail FROM audit_log WHERE name = :name AND action = :action ORDER BY id",
            name=name,
            action=action,
        )
        return [dict(row) for row in rows]


def make_things(installation: Installation) -> Things:
    """Make what there is to decide about, as its owners would."""
    account = installation.account(currency="KZT")
    words = ("pay-link", account.account, "starter", "--currency", "KZT", "--gateway", "sandbox")
    order_id = installation.billing.json(*words)["order_id"]
    installation.pay(order_id, "sandbox")
    promotion = f"roles-{uuid.uuid4().hex[:8]}"
    code = {"promotion_id": promotion, "kind": "percent_off", "share": 1_000, "code": promotion.upper()}
    submit(Context(installation.engine), Submission(PromotionCreateRequested, None, code | {"created_by": "a"}, "test"))
    with transaction(installation.engine) as session:
        bad = body(usage(account.account, 90)).replace(b'"used_seconds": 90', b'"used_seconds": -90')
        letter = DeadLetter("quarantined", MINUTE_USAGE, "Malformed", "below 0", bad, None, None, exchange=SALES)
        save_dead_letters(session, [letter])
    rows = account.select("SELECT max(id) AS id FROM dead_letter")
    return Things(account, order_id, promotion, rows[0]["id"])


def direct(things: Things) -> dict[tuple[str, Permission], dict[str, Any]]:
    """What a page would send for each thing that not everybody may do."""
    common = {"reason": "because", "form_id": str(uuid.uuid4())}
    return {
        ("/account/grant", Permission.MINUTES_GRANT): common
        | {"account_id": things.account.account, "minutes": 5, "kind": "support", "days": 0},
        ("/order/refund", Permission.ORDERS_REFUND): common
        | {"order_id": things.order_id, "amount_minor": 1, "expected_minor": 1},
        ("/promotion/switch", Permission.PROMOTIONS_PAUSE): common | {"id": things.promotion, "is_on": "true"},
        (f"/letters/{things.letter}/discard", Permission.LETTERS_RESOLVE): common,
        (f"/letters/{things.letter}/edit", Permission.LETTERS_EDIT): common | {"body": "{}"},
        (f"/letters/{things.letter}/replay-through", Permission.LETTERS_EDIT): common | {"exchange": "screph.sales"},
        ("/operators", Permission.OPERATORS_CHANGE): {"name": "sneaked-in", "role": "owner"},
    }
