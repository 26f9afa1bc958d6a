"""Changes of money: triggers write what an order, a refund or a dispute adds to the figures, and takes back."""

TABLES = ()

TYPES = ()

# The amounts of a row as they count, with a sign: what an update takes back is the same with the other one.
_ORDER = """
    INSERT INTO money_change (happened_at, recorded_at, account, product, kind, is_test, gateway, currency, gross_minor,
                              discount_minor, orders, free_orders)
    SELECT {row}.paid_at, {recorded}, {row}.account, {row}.product, {row}.kind, account.is_test, {row}.gateway, {row}.currency,
           {sign} {row}.price_minor, {sign} ({row}.list_price_minor - {row}.price_minor),
           {sign} CAST({row}.price_minor > 0 AS integer), {sign} CAST({row}.price_minor = 0 AS integer)
    FROM account WHERE account.number = {row}.account;
    INSERT INTO money_change (happened_at, recorded_at, account, product, kind, is_test, gateway, currency, fee_minor)
    SELECT {row}.paid_at, {recorded}, {row}.account, {row}.product, {row}.kind, account.is_test, {row}.gateway, {row}.fee_currency,
           {sign} {row}.fee_minor
    FROM account WHERE account.number = {row}.account AND {row}.fee_minor <> 0;
"""

_REFUND = """
    INSERT INTO money_change (happened_at, recorded_at, account, product, kind, is_test, gateway, currency, refunded_minor, refunds)
    SELECT {row}.succeeded_at, {recorded}, orders.account, orders.product, orders.kind, account.is_test, {row}.gateway,
           {row}.currency, {sign} {row}.amount_minor, {sign} 1
    FROM orders JOIN account ON account.number = orders.account WHERE orders.id = {row}.order_id;
"""

_DISPUTE = """
    INSERT INTO money_change (happened_at, recorded_at, account, product, kind, is_test, gateway, currency, lost_minor, disputes)
    SELECT {row}.closed_at, {recorded}, orders.account, orders.product, orders.kind, account.is_test, {row}.gateway,
           {row}.currency, {sign} {row}.amount_minor, {sign} 1
    FROM orders JOIN account ON account.number = orders.account WHERE orders.id = {row}.order_id;
"""

_KINDS = (
    (
        "orders",
        "paid",
        _ORDER,
        ("status", "paid_at", "gateway", "currency", "price_minor", "list_price_minor", "fee_minor", "fee_currency"),
    ),
    ("refund", "succeeded", _REFUND, ("status", "succeeded_at", "gateway", "currency", "amount_minor")),
    ("dispute", "lost", _DISPUTE, ("status", "closed_at", "gateway", "currency", "amount_minor")),
)
"""Table, the status in which a row counts, what it counts, and the columns that change that."""


def _function(table: str, status: str, counts: str) -> str:
    # What changes later is heard of when it is counted, a moment afterwards.
    first = "NULL" if table == "dispute" else "NEW.recorded_at"
    return f"""
    CREATE FUNCTION {table}_money_changed() RETURNS trigger LANGUAGE plpgsql AS $$
    DECLARE heard_at timestamptz;
    BEGIN
        IF TG_OP = 'INSERT' OR OLD.status <> '{status}' THEN
            heard_at := {first};
        END IF;
        IF TG_OP = 'UPDATE' AND OLD.status = '{status}' THEN
            {counts.format(row="OLD", recorded="heard_at", sign="-")}
        END IF;
        IF NEW.status = '{status}' THEN
            {counts.format(row="NEW", recorded="heard_at", sign="")}
        END IF;
        RETURN NULL;
    END $$
    """


def _inserted(table: str, status: str) -> str:
    return f"""
    CREATE TRIGGER {table}_money_added AFTER INSERT ON {table} FOR EACH ROW
        WHEN (NEW.status = '{status}') EXECUTE FUNCTION {table}_money_changed()
    """


def _updated(table: str, status: str, columns: tuple[str, ...]) -> str:
    old, new = (", ".join(f"{row}.{column}" for column in columns) for row in ("OLD", "NEW"))
    return f"""
    CREATE TRIGGER {table}_money_changed AFTER UPDATE OF {", ".join(columns)} ON {table} FOR EACH ROW
        WHEN ((OLD.status = '{status}' OR NEW.status = '{status}') AND ({old}) IS DISTINCT FROM ({new}))
        EXECUTE FUNCTION {table}_money_changed()
    """


def _there_already(table: str, status: str, counts: str) -> str:
    """Count the rows that an earlier checkout has written; `FOR` so that the statements are those of the trigger."""
    return f"""
    DO $$
    DECLARE known {table}%ROWTYPE;
    BEGIN
        FOR known IN SELECT * FROM {table} WHERE status = '{status}' LOOP
            {counts.format(row="known", recorded="known.recorded_at", sign="")}
        END LOOP;
    END $$
    """


STEPS = tuple(
    step
    for table, status, counts, columns in _KINDS
    for step in (
        _function(table, status, counts),
        _inserted(table, status),
        _updated(table, status, columns),
        _there_already(table, status, counts),
    )
)

BACK = tuple(
    step
    for table, _, _, _ in _KINDS
    for step in (
        f"DROP TRIGGER {table}_money_changed ON {table}",
        f"DROP TRIGGER {table}_money_added ON {table}",
        f"DROP FUNCTION {table}_money_changed()",
    )
)
