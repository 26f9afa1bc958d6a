"""
The bare handler that `spend_minutes/` is held against: FastAPI, one indexed UPDATE, one commit.

`python -m bench.bare_web PORT`, with DATABASE_URL; served as ours is, with as many threads and connections.
"""

import os
import sys
import threading
from functools import cache

from fastapi import FastAPI, Response
from psycopg2.pool import ThreadedConnectionPool

from asgi.serving import Capacity, serve_until

THREADS = 16

app = FastAPI()


@app.get("/healthz")
async def get_health() -> Response:
    """Answer that it lives."""
    return Response("alive")


@app.post("/api/v1/spend_minutes/{account}")
def spend(account: str, body: dict[str, int]) -> dict[str, int]:
    """Take minutes from an account's row."""
    pool = _pool()
    connection = pool.getconn()
    try:
        with connection, connection.cursor() as cursor:
            cursor.execute(
                "UPDATE bare SET minutes = minutes - %s WHERE id = %s RETURNING minutes",
                (body["minutes_to_spend"], account),
            )
            [(left,)] = cursor.fetchall()
        return {"total_minutes_remaining": left}
    finally:
        pool.putconn(connection)


@cache
def _pool() -> ThreadedConnectionPool:
    return ThreadedConnectionPool(THREADS, THREADS, os.environ["DATABASE_URL"])


if __name__ == "__main__":
    serve_until(app, host="127.0.0.1", port=int(sys.argv[1]), stopping=threading.Event(), capacity=Capacity(THREADS))
