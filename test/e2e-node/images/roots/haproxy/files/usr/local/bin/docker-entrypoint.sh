#!/bin/sh
# Options alone are options of haproxy, which runs as master and workers and stays in the foreground.
set -e
case $1 in
  -*) set -- haproxy "$@" ;;
esac
if [ "$1" = haproxy ]; then
  shift
  set -- haproxy -W -db "$@"
fi
exec "$@"
