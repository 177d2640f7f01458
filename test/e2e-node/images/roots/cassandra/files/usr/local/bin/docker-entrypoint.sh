#!/bin/bash
# As root, gives its folders to cassandra and becomes cassandra; writes the addresses and what variables say into the
# configuration, by way of a scratch file, since a file that is a mount cannot be replaced.
set -e

if [ $# = 0 ] || [[ $1 == -* ]]; then set -- cassandra -f "$@"; fi
if [ "$1" = cassandra ] && [ "$(id -u)" = 0 ]; then
  find "$CASSANDRA_CONF" /var/lib/cassandra /var/log/cassandra \! -user cassandra -exec chown cassandra '{}' +
  exec gosu cassandra "$0" "$@"
fi

edit() {
  local file=$1 scratch
  scratch=$(mktemp)
  shift
  sed "$@" "$file" > "$scratch"
  cat "$scratch" > "$file"
  rm "$scratch"
}
if [ "$1" = cassandra ]; then
  own=$(ip address | awk '$1 == "inet" && $NF != "lo" { sub(/\/.*/, "", $2); print $2; exit }')
  : "${CASSANDRA_RPC_ADDRESS=0.0.0.0}" "${CASSANDRA_LISTEN_ADDRESS=auto}"
  [ "$CASSANDRA_LISTEN_ADDRESS" != auto ] || CASSANDRA_LISTEN_ADDRESS=$own
  : "${CASSANDRA_BROADCAST_ADDRESS=$CASSANDRA_LISTEN_ADDRESS}"
  : "${CASSANDRA_BROADCAST_RPC_ADDRESS:=$CASSANDRA_BROADCAST_ADDRESS}"
  : "${CASSANDRA_SEEDS:=$CASSANDRA_BROADCAST_ADDRESS}"
  edit "$CASSANDRA_CONF/cassandra.yaml" -r "s/(- seeds:).*/\1 \"$CASSANDRA_SEEDS\"/"
  for key in broadcast_address broadcast_rpc_address cluster_name endpoint_snitch listen_address num_tokens rpc_address; do
    variable=CASSANDRA_${key^^}
    [ -z "${!variable:-}" ] || edit "$CASSANDRA_CONF/cassandra.yaml" -r "s/^(# )?($key:).*/\2 ${!variable}/"
  done
fi
exec "$@"
