#!/bin/sh
# Options alone are options of the server.
set -e
case $1 in
  -*) set -- nats-server "$@" ;;
esac
exec "$@"
