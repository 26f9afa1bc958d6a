"""Ways to break the invariants of statistics: a sum that nothing stands behind."""

_STATE = (
    "INSERT INTO statistics_state (number, zone, minutes_until, activity_until)"
    " VALUES (1, 'UTC', '2001-01-01Z', '2001-01-01Z')"
)

STATISTICS_TAMPERED: dict[str, dict[str, list[str]]] = {
    "statistics-minutes": {
        "a sum of lines that there are not": [
            _STATE,
            "INSERT INTO bucket_minutes (bucket, package_kind, entry_kind, seconds, lines)"
            " VALUES ('2000-01-01Z', 'purchased', 'burn', -60, 1)",
            "INSERT INTO day_minutes (day, package_kind, entry_kind, seconds, lines)"
            " VALUES ('2000-01-01', 'purchased', 'burn', -60, 1)",
        ],
        "lines that were never counted": [
            "INSERT INTO statistics_state (number, zone, minutes_until) VALUES (1, 'UTC', '2100-01-01Z')",
        ],
    },
    "statistics-money": {
        "money that nobody has paid": [
            "INSERT INTO bucket_money (bucket, product, kind, gateway, currency, gross_minor, orders)"
            " VALUES ('2000-01-01Z', 1, 'first', 'nowhere', 'EUR', 100, 1)",
        ],
        "money moved from one quarter to another": [
            "INSERT INTO bucket_money (bucket, product, kind, gateway, currency, gross_minor, orders)"
            " VALUES ('2000-01-01Z', 1, 'first', 'nowhere', 'EUR', 100, 1),"
            " ('2000-01-01 00:15Z', 1, 'first', 'nowhere', 'EUR', -100, -1)",
        ],
        "money moved from one product to another": [
            "INSERT INTO bucket_money (bucket, product, kind, gateway, currency, gross_minor, orders)"
            " VALUES ('2000-01-01Z', 1, 'first', 'nowhere', 'EUR', 100, 1),"
            " ('2000-01-01Z', 2, 'first', 'nowhere', 'EUR', -100, -1)",
        ],
        "a discount that nobody got": [
            "INSERT INTO bucket_money (bucket, product, kind, gateway, currency, discount_minor)"
            " VALUES ('2000-01-01Z', 1, 'first', 'nowhere', 'EUR', 100)",
        ],
        "a change that was thrown away": [
            "DELETE FROM money_change WHERE id = (SELECT min(id) FROM money_change WHERE gross_minor > 0)",
        ],
    },
    "statistics-days": {
        "money of a day that no quarter has": [
            _STATE,
            "INSERT INTO day_money (day, product, kind, gateway, currency, gross_minor, orders)"
            " VALUES ('2000-01-01', 1, 'first', 'nowhere', 'EUR', 100, 1)",
        ],
        "money of a day moved from one gateway to another": [
            _STATE,
            "INSERT INTO day_money (day, product, kind, gateway, currency, gross_minor, orders)"
            " VALUES ('2000-01-01', 1, 'first', 'nowhere', 'EUR', 100, 1), ('2000-01-01', 1, 'first', 'else', 'EUR', -100, -1)",
        ],
        "seconds of a day that no quarter has": [
            _STATE,
            "INSERT INTO day_minutes (day, package_kind, entry_kind, seconds, lines)"
            " VALUES ('2000-01-01', 'purchased', 'burn', -60, 1)",
        ],
    },
    "statistics-subscriptions": {
        "a worth that no snapshot has": [
            "INSERT INTO subscription_value (subscription_id, day, account, currency, mrr_minor)"
            " VALUES ('nowhere', '2000-01-01', 1, 'EUR', 100)",
        ],
    },
    "statistics-activity": {
        "use that nobody has reported": [
            _STATE,
            "INSERT INTO account_day (day, account, seconds, usages) VALUES ('2000-01-01', 1, 60, 1)",
        ],
        "use of one account that is said of another": [
            _STATE,
            "INSERT INTO account_day (day, account, seconds, usages)"
            " VALUES ('2000-01-01', 1, 60, 1), ('2000-01-01', 2, -60, -1)",
        ],
    },
}
