#!/bin/sh
# A file is a configuration to serve by; a shell is a shell; anything else is for the registry's own command line.
set -e
if [ -f "$1" ]; then
  set -- /bin/registry serve "$@"
elif [ "$1" = sh ]; then
  shift
  set -- /bin/sh "$@"
else
  set -- /bin/registry "$@"
fi
exec "$@"
