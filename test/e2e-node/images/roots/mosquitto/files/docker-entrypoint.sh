#!/bin/sh
# As root, gives its folder to mosquitto as far as that is possible; the server itself then becomes mosquitto.
set -e
if [ "$(id -u)" = 0 ] && [ -d /mosquitto ]; then
  chown -R mosquitto:mosquitto /mosquitto || :
fi
exec "$@"
