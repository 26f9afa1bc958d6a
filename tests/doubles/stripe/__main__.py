"""`python -m tests.doubles.stripe --port 8701 --webhook-url http://127.0.0.1:8080/webhooks/stripe`."""

import argparse
import threading

from tests.doubles.stripe.double import StripeDouble


def main() -> None:
    """Serve until interrupted."""
    parser = argparse.ArgumentParser(prog="python -m tests.doubles.stripe")
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--webhook-url")
    given = parser.parse_args()
    with StripeDouble(webhook_url=given.webhook_url, port=given.port) as double:
        print("\n".join(f"STRIPE_{name}={value}" for name, value in double.settings().items()), flush=True)
        try:
            threading.Event().wait()
        except KeyboardInterrupt:
            pass  # that is how it is ended


if __name__ == "__main__":
    main()
