#!/bin/bash
# Makes the database that a variable names, in a server that only this container can reach, and stops it.
set -e
meta=${INFLUXDB_META_DIR:-/var/lib/influxdb/meta}
if [ -z "${INFLUXDB_DB:-}" ] || [ -d "$meta" ]; then exit; fi

INFLUXDB_HTTP_BIND_ADDRESS=127.0.0.1:8086 INFLUXDB_HTTP_HTTPS_ENABLED=false influxd "$@" &
server=$!
for _ in $(seq 30); do
  influx -host 127.0.0.1 -port 8086 -execute "CREATE DATABASE $INFLUXDB_DB" > /dev/null 2>&1 && break
  sleep 1
done
kill -s TERM "$server"
wait "$server"
