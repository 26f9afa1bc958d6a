"""Runs the double until it is interrupted: `python -m tests.doubles.paypal --port 9002 --webhook-url URL`."""

import argparse
import threading

from tests.doubles.paypal.double import PaypalDouble


def main() -> None:
    """Serve."""
    parser = argparse.ArgumentParser(prog="python -m tests.doubles.paypal", description="A double of PayPal.")
    parser.add_argument("--port", type=int, default=9002)
    parser.add_argument("--webhook-url", default=None)
    asked = parser.parse_args()
    with PaypalDouble(webhook_url=asked.webhook_url, port=asked.port) as double:
        for name, value in double.settings().items():
            print(f"PAYPAL_{name}={value}", flush=True)
        try:
            threading.Event().wait()
        except KeyboardInterrupt:
            pass


if __name__ == "__main__":
    main()
