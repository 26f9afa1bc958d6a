-- Who signs in to the database of compose.yaml, each with the rights of a role of roles.sql, which runs before this.
--
--   psql "$OWNER_URL" --single-transaction --file deploy/postgres/roles.sql --file deploy/postgres/logins.sql
--
-- The passwords come from the environment of psql: POSTGRES_APP_PASSWORD, POSTGRES_PAGES_PASSWORD and
-- POSTGRES_FIGURES_PASSWORD. Running it again gives them new ones.

\set ON_ERROR_STOP on
\getenv app POSTGRES_APP_PASSWORD
\getenv pages POSTGRES_PAGES_PASSWORD
\getenv figures POSTGRES_FIGURES_PASSWORD

SELECT format('CREATE ROLE %I', name) FROM unnest(ARRAY['billing_app', 'billing_pages', 'billing_figures']) AS name
WHERE NOT EXISTS (SELECT FROM pg_roles WHERE rolname = name) \gexec

ALTER ROLE billing_app LOGIN PASSWORD :'app';
ALTER ROLE billing_pages LOGIN PASSWORD :'pages';
ALTER ROLE billing_figures LOGIN PASSWORD :'figures';

GRANT billing TO billing_app;
GRANT billing_web TO billing_pages;
GRANT billing_read TO billing_figures;
