"""
The doubles for development: `python -m tests.doubles` serves all four, `python -m tests.doubles stripe` one.

Each prints the settings by which `billing worker` and `billing webhooks` find it. compose.yaml runs them
in a container (profile `development`).
"""

import argparse
import signal
import threading
from contextlib import ExitStack

try:
    from tests.doubles.paypal.double import PaypalDouble
    from tests.doubles.sandbox.double import SandboxDouble
    from tests.doubles.stripe.double import StripeDouble
    from tests.doubles.yookassa.double import YooKassaDouble
except ModuleNotFoundError as missing:
    raise SystemExit(
        f"the doubles need the package {missing.name}, which the product itself does not; run `make .venv/.dev`"
    ) from missing

DOUBLES = {"stripe": StripeDouble, "paypal": PaypalDouble, "yookassa": YooKassaDouble, "sandbox": SandboxDouble}

FIRST_PORT = 8701
WEBHOOKS = "http://127.0.0.1:8080/webhooks"


def main() -> None:
    """Serve until asked to end."""
    parser = argparse.ArgumentParser(prog="python -m tests.doubles", description="Doubles of the gateways.")
    parser.add_argument("gateways", nargs="*", metavar="GATEWAY", help=f"of {', '.join(DOUBLES)}; all without")
    parser.add_argument("--host", default="127.0.0.1", help="where to listen; 0.0.0.0 only in a container")
    parser.add_argument("--first-port", type=int, default=FIRST_PORT, help="Stripe's, the others follow; 0: any")
    parser.add_argument("--webhooks", default=WEBHOOKS, help="where webhooks go, without the gateway's name")
    options = parser.parse_args()
    if unknown := set(options.gateways) - set(DOUBLES):
        parser.error(f"there is no double of {', '.join(sorted(unknown))}; there are {', '.join(DOUBLES)}")
    ended = threading.Event()
    signal.signal(signal.SIGTERM, lambda _signal, _frame: ended.set())
    signal.signal(signal.SIGINT, lambda _signal, _frame: ended.set())
    with ExitStack() as running:
        names = [name for name in DOUBLES if name in (options.gateways or DOUBLES)]
        print(f"ENVIRONMENT=development\nGATEWAYS={','.join(names)}", flush=True)
        for name in names:
            port = options.first_port and options.first_port + list(DOUBLES).index(name)
            webhook_url = f"{options.webhooks}/{name}"
            double = running.enter_context(DOUBLES[name](webhook_url=webhook_url, port=port, host=options.host))
            for key, value in double.settings().items():
                print(f"{name.upper()}_{key}={value}", flush=True)
        ended.wait()


if __name__ == "__main__":
    main()
