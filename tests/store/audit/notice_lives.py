"""Ways in which notices in the store can be wrong."""

from tests.store.audit.payment_lives import BUYER

_NOTICE = (
    "INSERT INTO notice (account, kind, subject, content, owed_at, due_at, state, ended_at, reason) SELECT account,"
)

NOTICES_TAMPERED: dict[str, dict[str, list[str]]] = {
    "receipt-owed": {
        "a buyer who never heard": [
            "DELETE FROM outbox WHERE routing_key = 'notice'",
            *(
                f"{_NOTICE} 'refund', '{when}', '{{}}', moment, moment, 'dropped', moment, 'why' FROM ("
                f" SELECT account, recorded_at + interval '{when}' AS moment FROM orders"
                f" WHERE status = 'paid' AND {BUYER} ORDER BY recorded_at LIMIT 1) AS paid"
                for when in ("-1 hour", "1 hour")
            ),
        ],
    },
    "notice-state": {
        "called sent, and nobody has sent it": [
            f"{_NOTICE} 'refund', 'r', '{{}}', now(), now(), 'sent', now(), NULL FROM orders WHERE {BUYER} LIMIT 1",
        ],
    },
    "notice-tried": {
        "forgotten for two days": [
            f"{_NOTICE} 'refund', 'r', '{{}}', now() - interval '2 days', now() - interval '2 days', 'waiting', NULL, NULL"
            f" FROM orders WHERE {BUYER} LIMIT 1",
            "INSERT INTO due_run (job, slot, started_at, ended_at, outcome, counts)"
            """ VALUES ('send-notices', now(), now(), now(), 'done', '{"cut_off": 0}')""",
        ],
    },
}
