#!/bin/sh
# The databases of Temporal and of Standfast, each with a user of its own. PostgreSQL's image runs
# this once, on an empty data directory.
set -eu
for user in temporal standfast; do
  case $user in
    temporal) password=$TEMPORAL_DATABASE_PASSWORD names='temporal temporal_visibility' ;;
    standfast) password=$STANDFAST_DATABASE_PASSWORD names=standfast ;;
  esac
  # Not as an argument, which every process of the machine can read.
  NEW_PASSWORD=$password psql --quiet --set ON_ERROR_STOP=1 --username postgres --set user="$user" <<'SQL'
\getenv password NEW_PASSWORD
CREATE ROLE :"user" LOGIN PASSWORD :'password';
SQL
  for name in $names; do
    psql --quiet --set ON_ERROR_STOP=1 --username postgres --set user="$user" --set name="$name" <<'SQL'
CREATE DATABASE :"name" OWNER :"user" ENCODING 'UTF8' TEMPLATE template0;
SQL
  done
done
