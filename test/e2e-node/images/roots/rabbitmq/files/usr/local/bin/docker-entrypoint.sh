#!/usr/bin/env bash
# As root, gives the files of the home directory to rabbitmq and becomes rabbitmq; refuses the variables of the releases
# that made a configuration of them; takes long names where the host has one.
set -euo pipefail

if [[ $1 == rabbitmq* && $(id -u) == 0 ]]; then
  [ "$1" != rabbitmq-server ] || find /var/lib/rabbitmq \! -user rabbitmq -exec chown rabbitmq '{}' +
  exec gosu rabbitmq "$0" "$@"
fi
for name in DEFAULT_PASS_FILE DEFAULT_USER_FILE SSL_CACERTFILE SSL_CERTFILE SSL_KEYFILE SSL_VERIFY SSL_DEPTH \
  MANAGEMENT_SSL_CACERTFILE MANAGEMENT_SSL_CERTFILE MANAGEMENT_SSL_KEYFILE VM_MEMORY_HIGH_WATERMARK; do
  old=RABBITMQ_$name
  if [ -n "${!old:-}" ]; then
    echo "$old is of an earlier release: use a configuration file" >&2
    exit 1
  fi
done
if [ -z "${RABBITMQ_USE_LONGNAME:-}" ] && [ "$(hostname)" != "$(hostname -s)" ]; then
  RABBITMQ_USE_LONGNAME=true
fi
exec "$@"
