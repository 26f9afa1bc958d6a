"""Saved filters: the ways in which an operator looks at a list, each under a name."""

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
)

BACK = ()
