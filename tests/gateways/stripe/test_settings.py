"""Stripe's variables: which must be set, and what is said about a wrong one."""

import pytest

from domain.gateway.port import Gateway
from gateways.settings import GatewaySettings, UnableToOpen
from gateways.stripe import VARIABLES, open_gateway, open_webhook_reader
from gateways.stripe.adapter import StripeGateway
from gateways.stripe.webhooks import StripeWebhookReader

GOOD = {"SECRET_KEY": "sk_test_x", "WEBHOOK_SECRETS": "whsec_a, whsec_b", "LIVEMODE": "false"}


def settings(**changes):
    return GatewaySettings("STRIPE_", {name: value for name, value in (GOOD | changes).items() if value})


class TestSettings:
    def test_opens_both_each_with_its_own_secret_alone(self):
        gateway: Gateway = open_gateway(settings(WEBHOOK_SECRETS=""))
        reader = open_webhook_reader(settings(SECRET_KEY=""))

        assert isinstance(gateway, StripeGateway)
        assert isinstance(reader, StripeWebhookReader)
        assert gateway.name == reader.name == "stripe"
        assert gateway.refund_window is None
        assert gateway.key_lifetime.total_seconds() == 20 * 3600

    @pytest.mark.parametrize(
        ("changes", "word"),
        [
            ({"SECRET_KEY": ""}, "STRIPE_SECRET_KEY is not set"),
            ({"SECRET_KEY": "pk_test_x"}, "STRIPE_SECRET_KEY is no secret key"),
            ({"SECRET_KEY": "sk_live_x"}, "STRIPE_SECRET_KEY is not of the mode"),
            ({"LIVEMODE": "true"}, "STRIPE_SECRET_KEY is not of the mode"),
            ({"LIVEMODE": "yes"}, "STRIPE_LIVEMODE is 'yes'; true or false is wanted"),
            ({"API_BASE": "http://api.stripe.com"}, "an https address such as https://api.stripe.com is wanted"),
        ],
    )
    def test_a_gateway_does_not_open_with_wrong_settings(self, changes, word):
        with pytest.raises(UnableToOpen, match=word) as raised:
            open_gateway(settings(**changes))

        assert "_test_x" not in str(raised.value)

    @pytest.mark.parametrize(
        ("changes", "word"),
        [
            ({"WEBHOOK_SECRETS": ""}, "STRIPE_WEBHOOK_SECRETS is not set"),
            ({"WEBHOOK_SECRETS": " , "}, "STRIPE_WEBHOOK_SECRETS is not set"),
            ({"WEBHOOK_SECRETS": "whsec_a,sk_test_x"}, "does not begin with whsec_"),
            ({"LIVEMODE": "1"}, "true or false is wanted"),
        ],
    )
    def test_a_reader_does_not_open_with_wrong_settings(self, changes, word):
        with pytest.raises(UnableToOpen, match=word):
            open_webhook_reader(settings(**changes))

    def test_names_every_variable_that_it_reads(self):
        requested = set()

        class Listening(dict):
            def get(self, name, default=None):
                requested.add(name)
                return super().get(name, default)

        heard = Listening(GOOD)
        open_gateway(GatewaySettings("STRIPE_", heard))
        open_webhook_reader(GatewaySettings("STRIPE_", heard))

        assert requested == set(VARIABLES)
        assert all(VARIABLES.values())
