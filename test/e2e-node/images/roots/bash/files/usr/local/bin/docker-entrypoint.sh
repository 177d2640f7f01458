#!/usr/bin/env bash
# Nothing, or options, is for bash.
set -e
case ${1:--} in
  -*) set -- bash "$@" ;;
esac
exec "$@"
