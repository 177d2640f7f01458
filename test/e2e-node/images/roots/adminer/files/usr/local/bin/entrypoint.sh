#!/bin/sh
# Writes a loader for each plugin that is asked for, and a mark that this has been done once.
set -e
if [ -n "$ADMINER_DESIGN" ] && [ ! -e .adminer-init ]; then
  ln -sf "designs/$ADMINER_DESIGN/adminer.css" .
fi
number=1
for plugin in $ADMINER_PLUGINS; do
  if [ ! -f "plugins-enabled/$plugin.php" ]; then
    php plugin-loader.php "$plugin" > "plugins-enabled/$(printf %03d "$number")-$plugin.php"
  fi
  number=$((number + 1))
done
touch .adminer-init || true
exec "$@"
