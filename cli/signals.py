"""Signals: SIGTERM and Ctrl-C end a process in order, from its first moment on."""

import os
import signal
import threading
from types import FrameType

_LOOKS_AGAIN_AFTER_S = 0.02

_asked_by: list[str] = []


def end_while_starting() -> None:
    """
    End well when a signal comes before the process has begun its work.

    Nothing has been taken from a queue by then, so there is nothing to finish. This comes before the imports, which
    take the better part of a second.
    """

    def end(number: int, frame: FrameType | None) -> None:
        if number != signal.SIGALRM:
            _asked_by.append(signal.Signals(number).name)
        if _is_importing(frame):
            # A library that builds its classes may turn what is raised there into an error of its own (pydantic
            # does), so the process ends when the module is there.
            signal.setitimer(signal.ITIMER_REAL, _LOOKS_AGAIN_AFTER_S)
            return
        # Some code calls back and swallows what is raised there; then the list still ends the process a little later.
        raise SystemExit(0)

    signal.signal(signal.SIGTERM, end)
    signal.signal(signal.SIGINT, end)
    signal.signal(signal.SIGALRM, end)


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
    signal.signal(signal.SIGALRM, signal.SIG_IGN)
    if _asked_by:
        stopping.set()


def asked_by() -> str:
    """Return the signal by which this process was asked to end, for its log; `nobody` when there was none."""
    return _asked_by[0] if _asked_by else "nobody"


def _is_importing(frame: FrameType | None) -> bool:
    """Tell whether a module is being imported where the signal came."""
    while frame is not None:
        if frame.f_code.co_filename == "<frozen importlib._bootstrap>":
            return True
        frame = frame.f_back
    return False
