# PHP and Apache as in php-apache, which the official image stands on.
apt-get install -y -qq --no-install-recommends apache2 libapache2-mod-php8.2 php8.2-cli php8.2-mysql php8.2-gd \
  php8.2-xml php8.2-mbstring php8.2-zip php-getid3 wordpress wordpress-theme-twentytwentythree mariadb-client-core
a2dismod -q mpm_event || :
a2enmod -q mpm_prefork php8.2 rewrite expires
ln -sf /usr/bin/php8.2 /usr/local/bin/php
# Debian's PHP keeps sessions elsewhere; PHP itself, in the temporary directory.
echo session.save_path=/tmp > /etc/php/8.2/apache2/conf.d/99-sessions.ini
# A variable that is set already wins over envvars.
sed -ri 's/^export ([^ ]+)=(.*)$/: ${\1:=\2}\nexport \1/' /etc/apache2/envvars
rm -rf /var/www/html /var/log/apache2/*
install -d -o www-data -g www-data -m 1777 /var/www/html
for folder in /var/lock/apache2 /var/run/apache2 /var/log/apache2; do
  mkdir -p "$folder"
  chown www-data:www-data "$folder"
  chmod 1777 "$folder"
done
ln -sf /dev/stderr /var/log/apache2/error.log
ln -sf /dev/stdout /var/log/apache2/access.log
ln -sf /dev/stdout /var/log/apache2/other_vhosts_access.log
printf '<Directory /var/www/html>\n  AllowOverride All\n</Directory>\n' > /etc/apache2/conf-enabled/docker-php.conf

# Debian spreads it over the file system, with links; upstream has it all in one place.
mv /usr/src/wordpress /root/own
cp -rL /usr/share/wordpress /usr/src/wordpress 2> /dev/null || :
test -s /usr/src/wordpress/wp-includes/version.php
test -s /usr/src/wordpress/wp-includes/ID3/getid3.php
rm -f /usr/src/wordpress/wp-config.php # Debian's own, for a site below /etc/wordpress.
cp -rL /var/lib/wordpress/wp-content/. /usr/src/wordpress/wp-content/ 2> /dev/null || :
cp -r /root/own/. /usr/src/wordpress/
rm -r /root/own
chown -R www-data:www-data /usr/src/wordpress
