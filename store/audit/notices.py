"""The invariants of notices as SQL: what is owed is written, and what is written is sent or says why not."""

from store.audit.invariant import Invariant

INVARIANTS = (
    Invariant(
        "receipt-owed",
        "whoever has paid is owed a receipt, once notices exist; one on its way has a quarter of an hour to arrive",
        """
        WITH known AS (
            SELECT min(owed_at) AS since, max(owed_at) - interval '15 minutes' AS until FROM notice
        ), leaving AS (
            SELECT convert_from(body, 'UTF8')::json #>> '{data,subject}' AS subject
            FROM outbox WHERE routing_key = 'notice' AND body LIKE '%notice.owed%'
        )
        SELECT orders.id, account.id AS account_id, orders.recorded_at
        FROM known JOIN orders ON orders.recorded_at BETWEEN known.since AND known.until
        JOIN account ON account.number = orders.account
        WHERE orders.status = 'paid'
          AND NOT EXISTS (SELECT FROM notice WHERE notice.kind IN ('purchase_receipt', 'renewed', 'topup_done')
                                               AND notice.subject = orders.id AND notice.account = orders.account)
          AND orders.id NOT IN (SELECT subject FROM leaving)
        """,
    ),
    Invariant(
        "notice-state",
        "a notice is sent when a delivery is and none waits, and failed when all have",
        """
        SELECT notice.id, notice.state, count(*) FILTER (WHERE one.state = 'sent') AS sent,
               count(*) FILTER (WHERE one.state = 'waiting') AS waiting
        FROM notice LEFT JOIN notice_delivery AS one ON one.notice = notice.id
        WHERE notice.state IN ('sent', 'failed')
        GROUP BY notice.id
        HAVING count(*) FILTER (WHERE one.state = 'waiting') > 0
            OR (notice.state = 'sent') <> (count(*) FILTER (WHERE one.state = 'sent') > 0)
        """,
    ),
    Invariant(
        "notice-tried",
        "whatever was due is taken by a run that looks at everything; while a server is away, runs try one and end",
        """
        SELECT notice.id, notice.kind, notice.due_at FROM notice
        WHERE notice.state = 'waiting'
          AND notice.due_at < (SELECT max(started_at) FROM due_run
                               WHERE job = 'send-notices' AND outcome = 'done' AND counts->>'cut_off' = '0')
                              - interval '1 day'
        """,
    ),
)
