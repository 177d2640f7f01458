#!/bin/bash
# Makes the data directory where there is none, sets the passwords in a server that only listens on its socket, runs
# /docker-entrypoint-initdb.d against it, and becomes the server.
set -euo pipefail

case $1 in
  -*) set -- mariadbd "$@" ;;
  mysqld) set -- mariadbd "${@:2}" ;;
esac
[ "$1" = mariadbd ] || exec "$@"

# Both may be moved by the arguments, or by a file of the configuration.
configured() {
  local name=$1
  shift
  "$@" --verbose --help 2> /dev/null | awk -v name="$name" '/^[^ ]/ && $1 == name { print $2 }'
}
data=$(configured datadir "$@")
data=${data%/}
socket=$(configured socket "$@")
if [ "$(id -u)" = 0 ]; then
  mkdir -p "$data"
  find "$data" \! -user mysql -exec chown mysql: '{}' +
  find "${socket%/*}" -maxdepth 0 \! -user mysql -exec chown mysql: '{}' \;
  exec gosu mysql "$0" "$@"
fi

if [ ! -d "$data/mysql" ]; then
  root=${MARIADB_ROOT_PASSWORD:-${MYSQL_ROOT_PASSWORD:-}}
  if [ -z "$root" ] && [ -z "${MARIADB_ALLOW_EMPTY_ROOT_PASSWORD:-}${MYSQL_ALLOW_EMPTY_PASSWORD:-}" ]; then
    echo '[ERROR] no root password: set MARIADB_ROOT_PASSWORD' >&2
    exit 1
  fi
  mariadb-install-db --datadir="$data" --skip-test-db --auth-root-authentication-method=normal \
    --old-mode='UTF8_IS_UTF8MB3' --rpm > /dev/null
  "$@" --skip-networking "--socket=$socket" &
  server=$!
  run=(mariadb --protocol=socket -uroot "--socket=$socket")
  for _ in $(seq 60); do
    "${run[@]}" -e 'SELECT 1' > /dev/null 2>&1 && break
    kill -0 "$server" # Nobody waits for a server that has ended.
    sleep 0.5
  done
  database=${MARIADB_DATABASE:-${MYSQL_DATABASE:-}}
  user=${MARIADB_USER:-${MYSQL_USER:-}}
  password=${MARIADB_PASSWORD:-${MYSQL_PASSWORD:-}}
  {
    [ -z "$database" ] || echo "CREATE DATABASE IF NOT EXISTS \`$database\`;"
    [ -z "$user" ] || echo "CREATE USER '$user'@'%' IDENTIFIED BY '$password';"
    [ -z "$user" ] || [ -z "$database" ] || echo "GRANT ALL ON \`$database\`.* TO '$user'@'%';"
    echo "CREATE USER 'root'@'%' IDENTIFIED BY '$root'; GRANT ALL ON *.* TO 'root'@'%' WITH GRANT OPTION;"
    echo "ALTER USER 'root'@'localhost' IDENTIFIED BY '$root';"
  } | "${run[@]}"
  for file in /docker-entrypoint-initdb.d/*.sql; do
    [ ! -f "$file" ] || "${run[@]}" ${root:+"-p$root"} ${database:+"$database"} < "$file"
  done
  kill "$server"
  wait "$server"
fi
exec "$@"
