"""What can never be published is counted by an index: a backlog must not make the pages slow that show it."""

TABLES = ()

TYPES = ()

STEPS = ("CREATE INDEX outbox_refused ON outbox (id) WHERE refused_at IS NOT NULL",)

BACK = ("DROP INDEX outbox_refused",)
