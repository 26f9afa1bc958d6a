"""From a usage on a real RabbitMQ to a mail on a real SMTP server, and the click that ends such mails."""

from broker.publisher import declare_topology
from domain.notices.unsubscribe import read_token
from messages.queues import MINUTE_USAGE, NOTICE
from tests.broker.queues import purge
from tests.doubles.mail_server import serve_mail
from tests.journeys.billing import Billing
from tests.journeys.test_usage_to_balance import event
from tests.servers.find import FoundRabbit
from tests.servers.waiting import wait_until

SECRET = "sixteen characters"
# So that nothing depends on the hour at which the tests run.
NEVER_QUIET = {"quiet_from": "00:00", "quiet_until": "00:00"}


class TestALowBalance:
    def test_is_told_of_once_by_mail_in_the_accounts_language(
        self, database_url: str, rabbit_server: FoundRabbit
    ) -> None:
        declare_topology(rabbit_server.url)
        purge(rabbit_server.url, MINUTE_USAGE)
        purge(rabbit_server.url, NOTICE)
        lines = b"\n".join(
            [
                event("who", "account.registered", {"email": "anna@mail.example", "locale": "ru"}),
                event("how", "notice.preferences_set_requested", NEVER_QUIET),
                event("grant", "package.grant_requested", {"kind": "purchased", "minutes": 12}),
                *(event(f"use-{number}", "usage.reported", {"seconds": 90}) for number in range(3)),
            ]
        )

        with serve_mail() as serving:
            settings = {"SMTP_URL": f"smtp-plain://127.0.0.1:{serving.port}", "UNSUBSCRIBE_SECRET": SECRET}
            billing = Billing({"DATABASE_URL": database_url, "AMQP_URL": rabbit_server.url, **settings})
            with billing.running("run"):
                assert billing("publish", "-", given=lines).returncode == 0
                wait_until(lambda: bool(serving.double.received), "a mail has come", limit_s=60)
                wait_until(lambda: self.states(billing) == ["sent"], "the notice counts as sent", limit_s=60)

        [received] = serving.double.received
        link = "".join(str(received.mail["List-Unsubscribe"]).split()).strip("<>")
        said = read_token(link.rpartition("/")[2], secret=SECRET.encode())
        assert received.to == "anna@mail.example"
        assert "мин" in str(received.mail["Subject"])
        assert (said.account_id, said.kind) == ("journey", "low_balance")

    def states(self, billing: Billing) -> list[str]:
        """The states of all notices."""
        return [line["state"] for line in billing.json("notices", "list")["notices"]]
