#!/bin/bash
# Before the server: a secret of this container's own, and what the environment asks of configuration files.
if [[ $1 == apache2* ]]; then
  if [ ! -f /etc/phpmyadmin/config.secret.inc.php ]; then
    secret=$(tr -dc a-zA-Z0-9 < /dev/urandom | head -c 32)
    printf "<?php\n\$cfg['blowfish_secret'] = '%s';\n" "$secret" > /etc/phpmyadmin/config.secret.inc.php
  fi
  chgrp www-data /etc/phpmyadmin/config.secret.inc.php
  [ -f /etc/phpmyadmin/config.user.inc.php ] || touch /etc/phpmyadmin/config.user.inc.php
fi
if [ -n "$HIDE_PHP_VERSION" ]; then
  printf 'expose_php = Off\n' > "$PHP_INI_DIR/conf.d/phpmyadmin-hide-php-version.ini"
fi
if [ -n "${APACHE_PORT+set}" ]; then
  sed -i "s/<VirtualHost \*:80>/<VirtualHost *:$APACHE_PORT>/" /etc/apache2/sites-enabled/000-default.conf
  sed -i "s/^Listen 80$/Listen $APACHE_PORT/" /etc/apache2/ports.conf
  apachectl configtest
fi
exec "$@"
