#!/bin/sh
# Temporal's tables in its two databases; run again, it upgrades them. SQL_PASSWORD is the password.
set -eu
for name in temporal temporal_visibility; do
  case $name in
    temporal) tables=temporal ;;
    temporal_visibility) tables=visibility ;;
  esac
  set -- --plugin postgres12 --ep postgresql --port 5432 --user temporal --db "$name"
  temporal-sql-tool "$@" setup-schema --version 0.0
  temporal-sql-tool "$@" update-schema --schema-dir "/etc/temporal/schema/postgresql/v12/$tables/versioned"
done
