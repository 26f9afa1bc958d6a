-- What the processes of an installation may do in its database. Run it as the owner of the tables, after each
-- `billing migrate`, for new tables have no rights yet:
--
--   psql "$OWNER_URL" --file deploy/postgres/roles.sql
--   psql "$OWNER_URL" --command "CREATE ROLE billing_app LOGIN PASSWORD '…' IN ROLE billing"
--   psql "$OWNER_URL" --command "CREATE ROLE billing_pages LOGIN PASSWORD '…' IN ROLE billing_web"
--   psql "$OWNER_URL" --command "CREATE ROLE billing_figures LOGIN PASSWORD '…' IN ROLE billing_read"
--
-- | role           | for                                                                                  |
-- | -------------- | ------------------------------------------------------------------------------------ |
-- | its owner      | `billing migrate` alone                                                              |
-- | `billing`      | `worker`, `relay`, `scheduler`, `metrics`, commands: DATABASE_URL                    |
-- | `billing_web`  | `web`: API, portal, admin pages: DATABASE_URL                                        |
-- | `billing_read` | statistics, lists and exports of the admin pages: DATABASE_READ_URL                  |
--
-- None of them owns anything, so none can switch the triggers off that keep the ledger and the audit log as they were
-- written. The web hands messages in, so it writes what a worker would write for them; it deletes nothing but what ends by
-- itself (sessions, links, codes, passkeys), and cannot touch figures, jobs, or what waits to be published.

DO $$
DECLARE
    wanted TEXT;
BEGIN
    FOREACH wanted IN ARRAY ARRAY['billing', 'billing_web', 'billing_read'] LOOP
        IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = wanted) THEN
            EXECUTE format('CREATE ROLE %I NOLOGIN', wanted);
        END IF;
    END LOOP;
END $$;

GRANT USAGE ON SCHEMA public TO billing, billing_web, billing_read;
-- What an earlier release of this file has given goes first.
REVOKE ALL ON ALL TABLES IN SCHEMA public FROM billing, billing_web, billing_read;

-- ---- Workers and their like

GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO billing;
GRANT USAGE, SELECT ON ALL SEQUENCES IN SCHEMA public TO billing;

-- Written once, and never again.
REVOKE UPDATE, DELETE ON audit_log, entry, price_change FROM billing;
-- The schema is the owner's.
REVOKE INSERT, UPDATE, DELETE ON alembic_version FROM billing;

-- A worker counts a quarter of an hour once no transaction is open any more that may still book into it. PostgreSQL shows
-- those of other roles to nobody else; without this right nothing is counted, and the workers' logs say so.
DO $$
BEGIN
    GRANT pg_read_all_stats TO billing;
EXCEPTION WHEN insufficient_privilege THEN
    RAISE WARNING 'statistics will not be counted: let a superuser GRANT pg_read_all_stats TO billing';
END $$;

-- ---- The web

GRANT SELECT, INSERT, UPDATE ON ALL TABLES IN SCHEMA public TO billing_web;
GRANT USAGE, SELECT ON ALL SEQUENCES IN SCHEMA public TO billing_web;
-- What ends by itself, or is taken away by whoever owns it; prices and wordings are what is on offer from now on.
GRANT DELETE ON
    code_try, entry_link, oidc_request, operator_identity, operator_session, passkey, passkey_challenge, portal_session,
    price, process, product_wording, push_subscription, recovery_code, saved_filter, sign_in_code, sign_in_try, token
    TO billing_web;
REVOKE UPDATE ON audit_log, entry, price_change FROM billing_web;
REVOKE INSERT, UPDATE ON alembic_version FROM billing_web;
-- Only the relay takes out what waits to be published.
REVOKE UPDATE ON outbox FROM billing_web;
-- Figures and jobs: workers count, the scheduler reminds, pages show it.
REVOKE INSERT, UPDATE ON
    account_day, account_first, audit_run, bucket_minutes, bucket_money, day_activity, day_attempt, day_deferred,
    day_dunning, day_first, day_link, day_minutes, day_money, day_payer, day_promotion, day_subscription, day_taken,
    day_trial, due_run, gateway_sum, grant_sum, late_change, month_breakage, month_retention, month_subscription,
    scheduler_slot, statistics_state, subscription_value, usage_difference, usage_sum
    FROM billing_web;

-- Whoever makes a campaign has PostgreSQL look at those it is for; before 17, it lets the owner alone do that.
DO $$
BEGIN
    IF current_setting('server_version_num')::integer >= 170000 THEN
        EXECUTE 'GRANT MAINTAIN ON campaign_account TO billing, billing_web';
    END IF;
END $$;

-- ---- What only reads

GRANT SELECT ON ALL TABLES IN SCHEMA public TO billing_read;
-- By none of it can anybody come in, be charged, or be written to.
REVOKE SELECT ON
    dead_letter, entry_link, notice, oidc_request, operator, operator_session, outbox, passkey, passkey_challenge,
    portal_session, push_subscription, recovery_code, saved_method, sign_in_code, sign_in_try, token, webhook
    FROM billing_read;
-- Not what messages and notices say: the code of a mail that signs in stands in them.
GRANT SELECT (id, via, queue, exchange, code, reason, source, event_id, seen, state, first_seen_at, last_seen_at,
              resolved_at, resolved_by, resolution, replayed_key)
    ON dead_letter TO billing_read;
GRANT SELECT (id, owed_at, due_at, not_before, ended_at, account, kind, state, subject, reason)
    ON notice TO billing_read;
GRANT SELECT (id, exchange, routing_key, message_id, created_at, refused_at) ON outbox TO billing_read;
GRANT SELECT (number, name, role, created_by, created_at, invite_expires_at, joined_at, disabled_at)
    ON operator TO billing_read;
GRANT SELECT (gateway, dedupe_key, subject, ref, event, is_signed, state, tries, note, received_at, tried_at)
    ON webhook TO billing_read;
