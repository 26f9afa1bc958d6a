"""The portal as an app: it can be installed, shows a push, and says so when there is no connection."""

import json
from typing import Any

from playwright.sync_api import Browser, expect

from tests.browser.installation import Installation
from tests.browser.visiting import Look, Visitor
from tests.servers.waiting import wait_until

SHOWN = (
    "navigator.serviceWorker.ready.then(it => it.getNotifications()).then(all => all.map(one => [one.title, one.body]))"
)


class TestInstalling:
    def test_shows_a_push_and_a_page_without_a_connection(self, chromium: Browser, installation: Installation) -> None:
        account = installation.account(locale="de").account
        # Their browser is English; German is what they have chosen here.
        with Visitor(chromium, installation.address, Look("en")) as visitor:
            visitor.choose(Look("de"))
            page, context = visitor.page, visitor.page.context
            context.grant_permissions(["notifications"])
            visitor.sign_in(installation.entry(account))
            page.evaluate("navigator.serviceWorker.ready.then(() => true)")
            wire = context.new_cdp_session(page)
            registrations: list[dict[str, Any]] = []
            wire.on("ServiceWorker.workerRegistrationUpdated", lambda told: registrations.extend(told["registrations"]))
            wire.send("ServiceWorker.enable")
            wait_until(lambda: bool(page.evaluate("1") and registrations), "the worker is known", limit_s=20)

            missing = {fault["errorId"] for fault in wire.send("Page.getInstallabilityErrors")["installabilityErrors"]}
            # A browser of these tests is a private window, in which nothing can be installed.
            assert missing == {"in-incognito"}
            push = {"title": "Es ist wenig übrig", "body": "10 min", "url": "/buy"}
            told = {"origin": installation.address, "registrationId": registrations[0]["registrationId"]}
            wire.send("ServiceWorker.deliverPushMessage", told | {"data": json.dumps(push)})
            wait_until(lambda: bool(page.evaluate(SHOWN)), "the push is shown", limit_s=20)
            assert page.evaluate(SHOWN) == [["Es ist wenig übrig", "10 min"]]
            assert visitor.faults == []

            context.set_offline(True)
            page.goto("/history")
            expect(page.locator("main .notice.warn")).to_be_visible()
            assert page.locator("html").get_attribute("lang") == "de"
