-- What the processes of an installation may do in its database. Run it as the owner of the tables, after each
-- `billing migrate`, for new tables have no rights yet:
--
--   psql "$OWNER_URL" --file deploy/postgres/roles.sql
--   psql "$OWNER_URL" --command "CREATE ROLE billing_app LOGIN PASSWORD '…' IN ROLE billing"
--
-- and give `worker`, `relay`, `scheduler` and `web` a DATABASE_URL of that role. It owns nothing, so it cannot switch the
-- triggers off that keep the ledger and the audit log as they were written.

DO $$
BEGIN
    IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'billing') THEN
        CREATE ROLE billing NOLOGIN;
    END IF;
END $$;

GRANT USAGE ON SCHEMA public TO billing;
GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO billing;
GRANT USAGE, SELECT ON ALL SEQUENCES IN SCHEMA public TO billing;
REVOKE TRUNCATE ON ALL TABLES IN SCHEMA public FROM billing;

-- Written once, and never again.
REVOKE UPDATE, DELETE, TRUNCATE ON audit_log, entry, price_change FROM billing;
-- The schema is the owner's.
REVOKE INSERT, UPDATE, DELETE ON alembic_version FROM billing;
