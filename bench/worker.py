"""One worker process of a contest: `python -m bench.worker idiomatic|plain_sql`, on AMQP_URL and DATABASE_URL."""

import importlib
import signal
import sys
import threading

from dramatiq import Worker

THREADS = 8


def main() -> None:
    """Take messages until told to end."""
    contest = importlib.import_module(f"bench.{sys.argv[1]}")
    stopping = threading.Event()
    signal.signal(signal.SIGTERM, lambda _signal, _frame: stopping.set())
    worker = Worker(contest.broker, worker_threads=THREADS)
    worker.start()
    stopping.wait()
    worker.stop()


main()
