#!/bin/sh
# As root, gives the files of the working directory to redis and becomes redis; anything may follow as the command.
set -e

case $1 in
  -* | *.conf) set -- redis-server "$@" ;;
esac
if [ "$1" = redis-server ] && [ "$(id -u)" = 0 ]; then
  find . \! -user redis -exec chown redis '{}' +
  exec setpriv --reuid redis --regid redis --clear-groups -- "$0" "$@"
fi
[ "$1" != redis-server ] || [ "$(umask)" != 0022 ] || umask 0077
exec "$@"
