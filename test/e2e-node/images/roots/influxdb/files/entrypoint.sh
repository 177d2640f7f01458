#!/bin/bash
# Options alone are options of the server, which is set up before its first start.
set -e
case $1 in
  -*) set -- influxd "$@" ;;
esac
[ "$1" != influxd ] || /init-influxdb.sh "${@:2}"
exec "$@"
