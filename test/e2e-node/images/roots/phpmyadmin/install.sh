# PHP and Apache as in php-apache, which the official image stands on.
apt-get install -y -qq --no-install-recommends apache2 libapache2-mod-php8.2 php8.2-cli php8.2-mysql php8.2-gd \
  php8.2-bz2 php8.2-zip dbconfig-no-thanks phpmyadmin
a2dismod -q mpm_event || :
a2enmod -q mpm_prefork php8.2
ln -sf /usr/bin/php8.2 /usr/local/bin/php
# A variable that is set already wins over envvars.
sed -ri 's/^export ([^ ]+)=(.*)$/: ${\1:=\2}\nexport \1/' /etc/apache2/envvars
rm -rf /var/www/html /var/log/apache2/* /etc/apache2/conf-enabled/phpmyadmin.conf
for folder in /var/lock/apache2 /var/run/apache2 /var/log/apache2; do
  mkdir -p "$folder"
  chown www-data:www-data "$folder"
  chmod 1777 "$folder"
done
ln -sf /dev/stderr /var/log/apache2/error.log
ln -sf /dev/stdout /var/log/apache2/access.log
ln -sf /dev/stdout /var/log/apache2/other_vhosts_access.log

# Debian spreads it over the file system, with links; upstream has it all in one place.
cp -rL /usr/share/phpmyadmin /var/www/html 2> /dev/null || :
rm -rf /var/www/html/setup /etc/phpmyadmin /var/lib/phpmyadmin
mkdir /var/www/html/tmp /etc/phpmyadmin
chown www-data:www-data /var/www/html/tmp
sed -i "s@'/var/lib/phpmyadmin/tmp/'@ROOT_PATH . 'tmp/'@" /var/www/html/libraries/vendor_config.php
grep -q "'tempDir' => ROOT_PATH" /var/www/html/libraries/vendor_config.php
mv /root/own/config.inc.php /etc/phpmyadmin/
rmdir /root/own
install -d -m 1777 -o www-data -g www-data /sessions
mkdir -p /usr/local/etc/php
mv /etc/php/8.2/apache2/conf.d /usr/local/etc/php/
ln -s /usr/local/etc/php/conf.d /etc/php/8.2/apache2/conf.d
echo session.save_path=/sessions > /usr/local/etc/php/conf.d/phpmyadmin-misc.ini
