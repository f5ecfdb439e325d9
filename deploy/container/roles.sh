#!/bin/sh
# The two roles: one owns the tables, migrates and backs up; the other serves, and row-level security binds it.
set -eu
psql --set=ON_ERROR_STOP=1 --username "${POSTGRES_USER:-postgres}" --dbname "$POSTGRES_DB" \
    --set=owner="$OWNER_PASSWORD" --set=serving="$SERVING_PASSWORD" --set=name="$POSTGRES_DB" <<'SQL'
CREATE ROLE threadwell_owner LOGIN PASSWORD :'owner' BYPASSRLS;
CREATE ROLE threadwell_app LOGIN PASSWORD :'serving' NOSUPERUSER NOCREATEDB NOCREATEROLE NOBYPASSRLS;
ALTER DATABASE :"name" OWNER TO threadwell_owner;
SQL
