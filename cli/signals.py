"""Signals: SIGTERM and Ctrl-C end a process in order, from its first moment on."""

import os
import signal
import threading

_asked_by: list[str] = []


def end_while_starting() -> None:
    """
    End well when a signal comes before the process has begun its work.

    Nothing has been taken from a queue by then, so there is nothing to finish. This comes before the imports, which
    take the better part of a second.
    """

    def end(number: int, _frame: object) -> None:
        _asked_by.append(signal.Signals(number).name)
        # Some code calls back and swallows what is raised there; then the list still ends the process a little later.
        raise SystemExit(0)

    signal.signal(signal.SIGTERM, end)
    signal.signal(signal.SIGINT, end)


def stop_on_signals(stopping: threading.Event) -> None:
    """Let the first signal set `stopping`, so that the process ends in order; a second one ends it at once."""

    # Not `stopping.set()` in the handler. It runs in the main thread: perhaps in the middle of `stopping.wait()`, whose
    # lock it would then wait for; or never, when the signal came just before that thread fell asleep. The interpreter
    # itself writes the signal's number to this pipe at once, and another thread reads it.
    reading, writing = os.pipe()
    os.set_blocking(writing, False)
    signal.set_wakeup_fd(writing, warn_on_full_buffer=False)

    def set_when_asked() -> None:
        while os.read(reading, 1)[0] not in (signal.SIGTERM, signal.SIGINT):
            pass
        stopping.set()

    threading.Thread(target=set_when_asked, name="signals", daemon=True).start()

    def stop(number: int, _frame: object) -> None:
        _asked_by.append(signal.Signals(number).name)
        signal.signal(signal.SIGTERM, signal.SIG_DFL)
        signal.signal(signal.SIGINT, signal.default_int_handler)

    signal.signal(signal.SIGTERM, stop)
    signal.signal(signal.SIGINT, stop)
    if _asked_by:
        stopping.set()


def asked_by() -> str:
    """Return the signal by which this process was asked to end, for its log; `nobody` when there was none."""
    return _asked_by[0] if _asked_by else "nobody"
