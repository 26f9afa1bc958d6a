"""SIGTERM and Ctrl-C: what ends a process that runs until it is stopped."""

import signal
import threading


def stop_on_signals(stopping: threading.Event) -> None:
    """Let SIGTERM and Ctrl-C set an event, so that the process ends in order; a second one ends it at once."""

    def stop(_signal: int, _frame: object) -> None:
        signal.signal(signal.SIGTERM, signal.SIG_DFL)
        signal.signal(signal.SIGINT, signal.default_int_handler)
        stopping.set()

    signal.signal(signal.SIGTERM, stop)
    signal.signal(signal.SIGINT, stop)
