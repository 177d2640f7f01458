#!/usr/bin/env bash
# Before a server: copies WordPress to the working directory where it is missing, but no theme and no plugin that is
# there already, and makes wp-config.php with keys of its own. As root, both go to the server's user.
set -Eeuo pipefail
source=/usr/src/wordpress

copy_wordpress() {
  local from=(--create --file - --directory "$source" --owner "$user" --group "$group") to=(--extract --file -) content
  [ "$uid" = 0 ] || to+=(--no-overwrite-dir)
  if [ "$uid" = 0 ] && [ "$(stat -c %u:%g .)" = 0:0 ]; then chown "$user:$group" .; fi
  for content in "$source"/.htaccess "$source"/wp-content/*/*/; do
    content=${content%/}
    content=${content#"$source"/}
    [ ! -e "$content" ] || from+=(--exclude "./$content")
  done
  tar "${from[@]}" . | tar "${to[@]}"
}

make_configuration() {
  awk '/put your unique phrase here/ {
    make = "head -c1m /dev/urandom | sha1sum | cut -d\\  -f1"
    make | getline phrase
    close(make)
    gsub("put your unique phrase here", phrase)
  } { print }' "$source/wp-config-docker.php" > wp-config.php
  [ "$uid" != 0 ] || chown "$user:$group" wp-config.php || :
}

if [[ ${1-} == apache2* ]]; then
  uid=$(id -u)
  user=$uid group=$(id -g)
  if [ "$uid" = 0 ]; then user=${APACHE_RUN_USER:-www-data} group=${APACHE_RUN_GROUP:-www-data}; fi
  if [ ! -e index.php ] && [ ! -e wp-includes/version.php ]; then copy_wordpress; fi
  settings=("${!WORDPRESS_@}")
  if [ ! -s wp-config.php ] && [ "${#settings[@]}" -gt 0 ]; then make_configuration; fi
fi
exec "$@"
