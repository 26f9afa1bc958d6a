"""Serve the stand-in until it is interrupted: `python -m tests.doubles.yookassa --port 9003`."""

import argparse
import threading

from tests.doubles.yookassa.double import YooKassaDouble


def main() -> None:
    """Serve until it is interrupted."""
    parser = argparse.ArgumentParser(description="A stand-in for YooKassa on 127.0.0.1.")
    parser.add_argument("--port", type=int, default=0, help="0 for a free one")
    parser.add_argument("--webhook-url", default=None, help="where notifications are sent")
    parser.add_argument("--receipts", action="store_true", help="the shop wants receipts")
    given = parser.parse_args()
    with YooKassaDouble(webhook_url=given.webhook_url, port=given.port, wants_receipts=given.receipts) as double:
        for name, value in double.settings().items():
            print(f"YOOKASSA_{name}={value}", flush=True)
        try:
            threading.Event().wait()
        except KeyboardInterrupt:
            print("ended")


if __name__ == "__main__":
    main()
