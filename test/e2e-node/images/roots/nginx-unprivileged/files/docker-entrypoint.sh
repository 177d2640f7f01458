#!/bin/sh
# Behaves as the official image's: before nginx, each script of /docker-entrypoint.d in order, *.envsh in this shell.
set -e

case $1 in
  nginx | nginx-debug)
    for script in /docker-entrypoint.d/*; do
      [ -x "$script" ] || continue
      case $script in
        *.envsh) . "$script" ;;
        *.sh) "$script" ;;
      esac
    done
    ;;
esac
exec "$@"
