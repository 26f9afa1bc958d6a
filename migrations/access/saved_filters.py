"""Saved filters: the ways in which an operator looks at a list, each under a name; and what lists and the search box look for."""

TABLES = ("saved_filter",)

TYPES = ()

STEPS = (
    """
    CREATE TABLE saved_filter (
        id BIGINT GENERATED ALWAYS AS IDENTITY,
        operator INTEGER NOT NULL,
        path TEXT NOT NULL,
        name TEXT NOT NULL,
        query TEXT NOT NULL,
        created_at TIMESTAMP WITH TIME ZONE NOT NULL,
        PRIMARY KEY (id),
        FOREIGN KEY(operator) REFERENCES operator (number),
        CONSTRAINT saved_filter_name UNIQUE (operator, path, name),
        CONSTRAINT saved_filter_form CHECK (length(name) BETWEEN 1 AND 60 AND length(query) BETWEEN 1 AND 1000)
    )
    """,
    "CREATE INDEX account_blocked ON account (number) WHERE blocked_at IS NOT NULL",
    "CREATE INDEX account_for_tests ON account (number) WHERE is_test",
    "CREATE INDEX account_beginning ON account (id text_pattern_ops)",
)

BACK = (
    "DROP INDEX account_blocked",
    "DROP INDEX account_for_tests",
    "DROP INDEX account_beginning",
)
