#!/bin/bash
# As the official image's: complains of a data directory that cannot be written, makes the one of the plugins, and starts
# what makes the database. In place of a server it goes on.
set -eu

if [ ! -w "$GF_PATHS_DATA" ]; then
  echo "GF_PATHS_DATA='$GF_PATHS_DATA' is not writable."
fi
mkdir -p "$GF_PATHS_PLUGINS"
if ! sqlite3 "$GF_PATHS_DATA/grafana.db" 'CREATE TABLE IF NOT EXISTS dashboard (title TEXT)'; then
  echo 'Error: failed to connect to database' >&2
  exit 1
fi
exec sleep infinity
