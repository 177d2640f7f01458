#!/bin/sh
# Options, and anything that is no program, are for curl.
set -e
case $1 in
  -*) set -- curl "$@" ;;
  *) command -v "$1" > /dev/null || set -- curl "$@" ;;
esac
exec "$@"
