apt-get install -y -qq --no-install-recommends php8.2-cli php8.2-mysql php8.2-sqlite3 php8.2-pgsql adminer
ln -sf /usr/bin/php8.2 /usr/local/bin/php
# Debian's PHP keeps sessions elsewhere; PHP itself, in the temporary directory.
echo session.save_path=/tmp > /etc/php/8.2/cli/conf.d/99-sessions.ini
groupadd --system --gid 101 adminer
useradd --system --uid 100 --gid adminer --create-home --home-dir /home/adminer adminer
cp -r /usr/share/adminer/adminer.php /usr/share/adminer/designs /usr/share/adminer/plugins /var/www/html/
mkdir /var/www/html/plugins-enabled
rm -rf /etc/apache2 /usr/share/adminer /etc/adminer
chown -R adminer:adminer /var/www/html
php -l /var/www/html/adminer.php
test -s /var/www/html/plugins/plugin.php
