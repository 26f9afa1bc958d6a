"""The entry point of `billing`: signal handlers first, then the imports, which take the better part of a second."""

import gc
import sys

from cli.signals import end_while_starting

PROCESSES = frozenset({"worker", "relay", "scheduler", "webhooks", "web", "metrics", "run"})
"""Commands that run until they are asked to end, and then end with 0."""


def main() -> None:
    """Run a command."""
    if sys.argv[1:] and sys.argv[1] in PROCESSES:
        end_while_starting()
    # Modules and classes stay to the end: looking through them for garbage took a fifth of the start.
    gc.disable()
    from cli.main import main as run

    gc.freeze()
    gc.enable()
    run()


if __name__ == "__main__":
    main()
