"""`python -m tests.doubles.sandbox --port 8090 --webhook-url URL`: the double for development without Python."""

import argparse
import threading

from tests.doubles.sandbox.double import SandboxDouble


def main() -> None:
    """Serve until Ctrl-C."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--port", type=int, default=8090)
    parser.add_argument("--webhook-url")
    arguments = parser.parse_args()
    with SandboxDouble(webhook_url=arguments.webhook_url, port=arguments.port) as double:
        print(f"the sandbox serves at {double.url}; Ctrl-C ends it")
        try:
            threading.Event().wait()
        except KeyboardInterrupt:
            pass  # asked for


if __name__ == "__main__":
    main()
