"""A shop full of codes: products with prices in three currencies, promotions of every kind, buyers with a past."""

from contextlib import closing
from dataclasses import dataclass

import psycopg2

ACCOUNTS, PRODUCTS, CODES_EACH = 10_000, 1_000, 100
CURRENCIES = ("RUB", "USD", "EUR")

_FILL = """
    INSERT INTO account (id) SELECT 'buyer-' || number FROM generate_series(1, {accounts}) AS number;

    -- Two accounts are one person, by their mail address; each has a card of its own.
    INSERT INTO identity (value, account, kind, first_seen_at)
    SELECT md5('mail-' || number / 2)::uuid, number, 'mail'::identity_kind, now() FROM account
    UNION ALL SELECT md5('card-' || number)::uuid, number, 'card', now() FROM account;

    INSERT INTO product (id, granted_seconds, valid_days, is_active, position)
    SELECT 'product-' || number, 6000, 90, true, number FROM generate_series(1, {products}) AS number;

    INSERT INTO price (product, currency, amount_minor, position)
    SELECT number, currency, amount_minor, place FROM product,
           (VALUES ('RUB', 69900, 0), ('USD', 999, 1), ('EUR', 949, 2)) AS cost (currency, amount_minor, place);

    INSERT INTO product_wording (product, locale, name, position)
    SELECT number, locale, 'Package ' || number, place
    FROM product, (VALUES ('en', 0), ('ru', 1), ('de', 2)) AS wording (locale, place);

    INSERT INTO package (id, account, kind, priority, activated_at, granted_seconds, left_seconds)
    SELECT gen_random_uuid(), account.number, 'purchased', 100, now() - interval '40 days', 6000, 6000
    FROM account, generate_series(1, 5);

    INSERT INTO orders (id, account, product, package, gateway, kind, currency, price_minor, list_price_minor,
                        granted_seconds, status, title, return_url, cancel_url, message_id, payment_ref,
                        paid_at, recorded_at)
    SELECT gen_random_uuid(), package.account, product.number, package.number, 'sandbox', 'first', 'RUB', 69900,
           69900, 6000, 'paid', '', '', '', 0, 'payment-' || package.number, activated_at, activated_at
    FROM package JOIN product ON product.id = 'product-' || (1 + package.number % {products});

    INSERT INTO promotion (id, kind, share, amounts_minor, seconds, product, needs_purchase, starts_at, ends_at,
                           conditions, uses_limit, uses_each, budget_minor, used_minor, valid_days,
                           message_id, created_by, created_at)
    SELECT 'promotion-' || turn, chosen.kind::code_kind,
           CASE WHEN chosen.kind IN ('percent_off', 'bonus_percent') THEN 1000 ELSE 0 END,
           CASE chosen.kind WHEN 'amount_off' THEN '{{"RUB": 5000, "USD": 100, "EUR": 90}}'::jsonb ELSE '{{}}' END,
           CASE chosen.kind WHEN 'bonus_seconds' THEN 600 ELSE 0 END,
           CASE chosen.kind WHEN 'free_package' THEN product.number END,
           true, now() - interval '10 days', now() + interval '10 days',
           jsonb_build_object('product_ids', '[]'::jsonb, 'currencies', '[]'::jsonb, 'minimum_minor', '{{}}'::jsonb,
                              'is_for_first_purchase', false, 'returning_after_days', 30,
                              'buyers', CASE turn % 3 WHEN 0 THEN 'returning' ELSE 'all' END),
           1000000, 1, '{{}}', '{{}}', 30, 0, 'bench', now() - interval '10 days'
    FROM generate_series(1, {promotions}) AS turn
    JOIN product ON product.id = 'product-' || (1 + turn % {products}),
         LATERAL (SELECT ('{{percent_off,amount_off,free_package,bonus_seconds,bonus_percent}}'::text[])[1 + turn % 5])
                 AS chosen (kind);

    INSERT INTO promo_batch (promotion, number, codes, message_id, created_by, created_at)
    SELECT number, 1, {codes_each} - 1, 0, 'bench', created_at FROM promotion;

    -- The first code of a promotion has a name and no limit of its own, the others are a batch for one use each.
    INSERT INTO promo_code (promotion, text, folded, uses_limit, batch, created_at)
    SELECT promotion.number, sign, sign, CASE WHEN turn > 1 THEN 1 END, CASE WHEN turn > 1 THEN 1 END, created_at
    FROM promotion, generate_series(1, {codes_each}) AS turn,
         LATERAL (SELECT upper(left(md5(promotion.number || '-' || turn), 14))) AS code (sign);

    -- Everybody has used three codes; who names such a code again is refused.
    INSERT INTO redemption (code, promotion, account, role, status, day, message_id, redeemed_at, confirmed_at)
    SELECT promo_code.number, promo_code.promotion, account.number,
           (CASE WHEN promotion.seconds > 0 OR promotion.kind = 'bonus_percent' THEN 'bonus' ELSE 'discount' END)
               ::redemption_role, 'confirmed', current_date, 0, now(), now()
    FROM account CROSS JOIN generate_series(0, 2) AS turn
    JOIN promo_code ON promo_code.batch IS NULL AND promotion = 1 + (account.number + turn) % {promotions}
    JOIN promotion ON promotion.number = promo_code.promotion;
"""

_CODES = """
    SELECT promo_code.text, promotion.kind::text, product.id
    FROM promo_code JOIN promotion ON promotion.number = promo_code.promotion
    LEFT JOIN product ON product.number = promotion.product ORDER BY promo_code.number
"""


@dataclass(frozen=True, slots=True)
class Codes:
    """Every code of the shop; a discount with the one product that it is for, or None: it is for all."""

    discounts: tuple[tuple[str, str | None], ...]
    bonuses: tuple[str, ...]


def fill_with_codes(database_url: str, *, count: int) -> Codes:
    """
    Fill a fresh database with products, accounts and codes, and return the codes.

    Args:
        database_url: of a database that has the schema and nothing else.
        count: how many codes; a multiple of `CODES_EACH`.
    """
    filling = _FILL.format(accounts=ACCOUNTS, products=PRODUCTS, promotions=count // CODES_EACH, codes_each=CODES_EACH)
    with closing(psycopg2.connect(database_url)) as connection:
        connection.autocommit = True
        cursor = connection.cursor()
        cursor.execute(filling)
        cursor.execute("VACUUM ANALYZE")
        cursor.execute("CHECKPOINT")
        cursor.execute(_CODES)
        rows = cursor.fetchall()
    return Codes(
        discounts=tuple((text, product) for text, kind, product in rows if not kind.startswith("bonus")),
        bonuses=tuple(text for text, kind, _ in rows if kind.startswith("bonus")),
    )
