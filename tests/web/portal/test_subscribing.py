"""Subscribing, changing for a price that was said before, and the card that is charged."""

import re
import uuid
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from domain.gateway.decline import Decline, Retry
from domain.payments.charge import CALL_LASTS
from messages.promotions.codes import PromotionCreateRequested
from store.engine import Engine
from store.payments.method import save_method
from store.transaction import transaction
from tests.asgi.running import running
from tests.doubles.faults import Fault
from tests.doubles.memory import MemoryGateway
from tests.web.portal.browser import Browser
from tests.web.portal.test_pages import words
from tests.web.portal.test_subscription import Subscribed
from tests.workers.events import registered
from tests.workers.subscriptions.harness import SubscriptionHarness
from web.portal.app import create_portal
from web.portal.settings import Portal
from workers.submit import Submission, submit


@pytest.fixture
def free(shared_engine: Engine) -> Iterator[Subscribed]:
    """A buyer without a subscription, who is signed in."""
    memory = MemoryGateway("memory")
    memory.name = f"memory{uuid.uuid4().hex[:8]}"
    harness = SubscriptionHarness(shared_engine, memory, memory)
    harness.minutes.apply(registered(harness.account, currency="RUB"))
    with running(create_portal(Portal(harness.context, "http://127.0.0.1:1"))) as url:
        with Browser(Portal(harness.context, url), **{"accept-language": "en"}) as browser:
            browser.sign_in(harness.account)
            yield Subscribed(harness, browser)


@pytest.fixture
def subscribed(free: Subscribed) -> Subscribed:
    """The same buyer, subscribed to the small one, with its card saved."""
    free.harness.subscribed()
    return free


def start(buyer: Subscribed, product: str, form_id: str | None = None) -> httpx.Response:
    """Press the button of a plan."""
    form = {"product_id": product, "form_id": form_id or f"{uuid.uuid4()}-1"}
    return buyer.browser.send_form("/subscription/start", form, of="/subscription")


def form_of(buyer: Subscribed, product: str) -> dict[str, str]:
    """The form that changes to a product."""
    page = buyer.browser.get("/subscription/change").text
    for form in re.findall(r'<form class="actions".*?</form>', page, re.S):
        values = dict(re.findall(r'name="([a-z_]+)" value="([^"]*)"', form))
        if values["product_id"] == product:
            return values
    raise AssertionError(product)


def send(buyer: Subscribed, form: dict[str, str]) -> httpx.Response:
    """Send it."""
    return buyer.browser.post("/subscription/change", form)


def saved(harness: SubscriptionHarness) -> int:
    """Another card of the account."""
    method = harness.double.add_method()
    with transaction(harness.engine) as session:
        number = save_method(session, harness.account, harness.double.name, method, at=harness.clock())
    assert number is not None
    return number


def make_code(buyer: Subscribed, **more: Any) -> str:
    """Make a code that takes a quarter off, and return its text."""
    code = f"Q{uuid.uuid4().hex[:10]}".upper()
    data = {"promotion_id": code.lower(), "kind": "percent_off", "share": 2_500, "code": code, "created_by": "ann"}
    submit(buyer.harness.context, Submission(PromotionCreateRequested, None, data | more, "test"))
    return code


class TestCode:
    def test_is_shown_with_its_price_and_for_how_many_payments(self, free: Subscribed) -> None:
        code = make_code(free, periods=3)

        text = words(free.browser.get(f"/subscription?code={code}")).replace("\u00a0", " ")

        assert "The code counts." in text
        assert "RUB 149.25 for each of the first 3 payments" in text
        assert "No code counts where the first days are free." in text

    def test_makes_the_first_payments_cheaper(self, free: Subscribed) -> None:
        code = make_code(free, periods=3)

        form = {"product_id": "small", "form_id": f"{uuid.uuid4()}-1", "code": code}
        answer = free.browser.send_form("/subscription/start", form, of=f"/subscription?code={code}")

        order = free.harness.order(answer.headers["location"].removeprefix("/pay/"))
        assert (order["list_price_minor"], order["price_minor"]) == (19_900, 14_925)

    def test_names_the_first_price_on_the_button_and_afterwards_how_many_are_left(self, free: Subscribed) -> None:
        code = make_code(free, periods=3)
        offered = words(free.browser.get(f"/subscription?code={code}")).replace("\u00a0", " ")

        free.harness.subscribed(codes=[code])

        assert "Subscribe for RUB 149.25 now" in offered
        for page in ("/", "/subscription"):
            text = words(free.browser.get(page)).replace("\u00a0", " ")
            assert "RUB 149.25 for each of the next 2 payments" in text

    def test_that_does_not_count_says_so_and_begins_nothing(self, free: Subscribed) -> None:
        page = free.browser.get("/subscription?code=NOSUCHCODE")
        form = {"product_id": "small", "form_id": f"{uuid.uuid4()}-1", "code": "NOSUCHCODE"}
        answer = free.browser.send_form("/subscription/start", form, of="/subscription")

        assert 'id="code-error"' in page.text
        assert answer.status_code == 409
        assert "No money has moved. You can subscribe without the code" in words(answer)
        assert free.harness.orders() == []


class TestStart:
    def test_says_what_each_costs_and_how_often(self, free: Subscribed) -> None:
        text = words(free.browser.get("/subscription"))

        assert "Small RUB 199.00 a month 100 minutes Subscribe for RUB 199.00 a month" in text.replace("₽", "RUB ")
        assert "days free" in text

    def test_leads_to_its_payment_and_stands_when_that_is_here(self, free: Subscribed) -> None:
        location = start(free, "small").headers["location"]
        order_id = location.removeprefix("/pay/")

        assert free.harness.order(order_id)["redirect_url"] in free.browser.get(location).text
        free.harness.buyer_pays(order_id)

        assert "It renews on" in words(free.browser.get("/subscription"))

    def test_by_two_presses_is_one(self, free: Subscribed) -> None:
        form_id = f"{uuid.uuid4()}-1"

        locations = {start(free, "small", form_id).headers["location"] for _ in range(3)}

        assert len(locations) == len(free.harness.orders()) == 1

    def test_comes_back_to_what_became_of_its_payment(self, free: Subscribed) -> None:
        form_id = f"{uuid.uuid4()}-1"
        order_id = start(free, "small", form_id).headers["location"].removeprefix("/pay/")

        assert free.harness.order(order_id)["return_url"].endswith(f"/subscription/started/{form_id}")
        back = free.browser.get(f"/subscription/started/{form_id}")
        assert back.headers["location"] == f"/return/{order_id}"

    def test_with_a_trial_leads_to_where_a_card_is_saved(self, free: Subscribed) -> None:
        form_id = f"{uuid.uuid4()}-1"
        page = start(free, "tried", form_id)
        setup = setup_of(free)

        assert f'content="0; url={setup["redirect_url"]}"' in page.text
        free.harness.double.finish_setup(setup["setup_ref"])
        assert free.browser.get(f"/subscription/started/{form_id}").headers["location"] == "/subscription"
        free.harness.deliver()

        assert free.harness.status() == "active"
        assert "It renews on" in words(free.browser.get("/subscription"))

    def test_of_what_is_not_on_offer_changes_nothing(self, free: Subscribed) -> None:
        assert start(free, "standard").status_code == 409
        assert free.harness.orders() == []

    def test_beside_a_running_one_is_refused(self, subscribed: Subscribed) -> None:
        answer = start(subscribed, "large")

        assert answer.status_code == 409
        assert "Nothing has been changed" in words(answer)


class TestChange:
    def test_to_a_dearer_one_says_what_is_charged_now_and_charges_exactly_that(self, subscribed: Subscribed) -> None:
        subscribed.harness.use(1_500)
        form = form_of(subscribed, "large")
        worth = 19_900 * 4_500 // 6_000
        assert (form["when"], form["expected_minor"]) == ("now", str(49_900 - worth))

        assert send(subscribed, form).headers["location"] == "/subscription"

        assert subscribed.harness.money() == (19_900 + 49_900 - worth, 0)
        assert "Large" in words(subscribed.browser.get("/subscription"))

    def test_by_two_presses_charges_once(self, subscribed: Subscribed) -> None:
        form = form_of(subscribed, "large")

        for _ in range(3):
            send(subscribed, form)

        assert len(subscribed.harness.paid()) == 2

    def test_is_refused_when_another_sum_would_be_charged(self, subscribed: Subscribed) -> None:
        form = form_of(subscribed, "large")
        subscribed.harness.use(1_500)

        answer = send(subscribed, form)

        assert answer.status_code == 409
        assert "The sum has changed meanwhile, so nothing was charged." in words(answer)
        assert subscribed.harness.money() == (19_900, 0)

    def test_that_the_bank_declines_changes_nothing(self, subscribed: Subscribed) -> None:
        subscribed.harness.double.vault.declines.append(Decline(Retry.NEW_METHOD, "expired_card"))

        answer = send(subscribed, form_of(subscribed, "large"))

        assert answer.status_code == 409
        assert "The card was declined." in words(answer)
        assert subscribed.harness.row()["title"] != "Large"

    def test_that_the_bank_wants_confirmed_leads_to_its_page(self, subscribed: Subscribed) -> None:
        subscribed.harness.double.vault.declines.append(Decline(Retry.CUSTOMER_ACTION, "authentication_required"))

        location = send(subscribed, form_of(subscribed, "large")).headers["location"]

        order_id = location.removeprefix("/pay/")
        subscribed.harness.buyer_pays(order_id)
        assert "Large" in words(subscribed.browser.get("/subscription"))

    def test_whose_charge_is_unknown_waits_and_charges_once(self, subscribed: Subscribed) -> None:
        subscribed.harness.double.faults.plan("charge", Fault.ERROR_AFTER_COMMIT)
        form = form_of(subscribed, "large")

        assert send(subscribed, form).headers["location"].startswith("/return/")
        # The first call may still be under way; nobody makes a second one beside it.
        assert send(subscribed, form).headers["location"].startswith("/return/")
        subscribed.harness.offset += CALL_LASTS
        assert send(subscribed, form).headers["location"] == "/subscription"

        assert len(subscribed.harness.paid()) == 2

    def test_to_a_cheaper_one_waits_for_the_period_and_can_be_taken_back(self, subscribed: Subscribed) -> None:
        send(subscribed, form_of(subscribed, "large"))
        paid = len(subscribed.harness.paid())
        form = form_of(subscribed, "small")
        assert form["when"] == "period_end"

        send(subscribed, form)
        assert "It changes on" in words(subscribed.browser.get("/subscription"))
        assert len(subscribed.harness.paid()) == paid
        send(subscribed, form_of(subscribed, "large"))

        assert subscribed.harness.row()["next_price_minor"] is None
        assert "It changes on" not in words(subscribed.browser.get("/subscription"))

    def test_without_a_subscription_leads_to_what_there_is(self, free: Subscribed) -> None:
        assert free.browser.get("/subscription/change").headers["location"] == "/subscription"


class TestPause:
    def test_for_some_days_says_when_it_goes_on(self, subscribed: Subscribed) -> None:
        subscribed.press("pause", days="30")

        assert subscribed.harness.row()["resumes_at"] is not None
        assert "It goes on by itself on" in words(subscribed.browser.get("/subscription"))


class TestMethods:
    def test_show_which_one_is_charged(self, subscribed: Subscribed) -> None:
        text = words(subscribed.browser.get("/subscription/method"))

        assert "Card *4242 is charged" in text

    def test_of_the_subscription_are_changed(self, subscribed: Subscribed) -> None:
        first = method_ids(subscribed)[0]
        saved(subscribed.harness)

        press(subscribed, "charge", first)

        assert method_ids(subscribed)[0] == first

    def test_are_forgotten(self, subscribed: Subscribed) -> None:
        [method_id] = method_ids(subscribed)

        assert press(subscribed, "forget", method_id).status_code == 303
        assert "Nothing saved" in words(subscribed.browser.get("/subscription/method"))

    def test_of_somebody_else_are_neither_charged_nor_forgotten(self, subscribed: Subscribed) -> None:
        memory = MemoryGateway("memory")
        memory.name = f"memory{uuid.uuid4().hex[:8]}"
        other = SubscriptionHarness(subscribed.harness.engine, memory, memory)
        other.minutes.apply(registered(other.account))
        theirs = saved(other)

        for action in ("charge", "forget", "prefer"):
            assert press(subscribed, action, theirs).status_code == 409
        [row] = other.minutes.select("SELECT ended_at FROM saved_method WHERE id = :id", id=theirs)
        assert row["ended_at"] is None

    def test_are_saved_on_a_page_of_the_gateway_and_nothing_is_paid(self, free: Subscribed) -> None:
        page = free.browser.send_form("/subscription/method/new", {"form_id": "new-1"}, of="/subscription/method")
        setup = setup_of(free)
        assert f"url={setup['redirect_url']}" in page.text

        back = f"/subscription/method/returned/{setup['id']}"
        assert free.browser.get(back).headers["location"].endswith("came=pending")
        free.harness.double.finish_setup(setup["setup_ref"])
        assert free.browser.get(back).headers["location"].endswith("came=saved")

        assert "Card *4242" in words(free.browser.get("/subscription/method?came=saved"))
        assert free.harness.money() == (0, 0)

    def test_of_somebody_elses_page_say_nothing(self, free: Subscribed, shared_engine: Engine) -> None:
        back = f"/subscription/method/returned/{uuid.uuid4()}"

        assert free.browser.get(back).headers["location"].endswith("came=failed")


def setup_of(buyer: Subscribed) -> dict[str, str]:
    """The page of the buyer on which a card is saved."""
    [setup] = buyer.harness.minutes.select(
        "SELECT method_setup.* FROM method_setup JOIN account ON number = account WHERE account.id = :account"
    )
    return setup


def press(buyer: Subscribed, action: str, method_id: int) -> httpx.Response:
    """Press a button of a card."""
    form = {"action": action, "method_id": str(method_id), "form_id": str(uuid.uuid4())}
    return buyer.browser.send_form("/subscription/method", form, of="/subscription/method")


def method_ids(buyer: Subscribed) -> list[int]:
    """The cards of the buyer."""
    return [row["id"] for row in charged_first(buyer)]


def charged_first(buyer: Subscribed) -> list[dict[str, int]]:
    """The cards of the buyer, as they are tried."""
    return buyer.harness.minutes.select(
        "SELECT saved_method.id FROM saved_method JOIN account ON number = account WHERE account.id = :account"
        " AND ended_at IS NULL ORDER BY preferred_at DESC"
    )
