# cgi-fcgi is there to ask it something.
apt-get install -y -qq --no-install-recommends php8.2-fpm php8.2-cli libfcgi-bin
mv /usr/sbin/php-fpm8.2 /usr/local/sbin/php-fpm
ln -sf /usr/bin/php8.2 /usr/local/bin/php
# Upstream's has its configuration below /usr/local, and no pid file.
cp /etc/php/8.2/fpm/pool.d/www.conf /usr/local/etc/php-fpm.d/www.conf
sed -i -e 's/^listen = .*/listen = 127.0.0.1:9000/' -e '/^listen\./d' /usr/local/etc/php-fpm.d/www.conf
printf '[global]\ninclude=/usr/local/etc/php-fpm.d/*.conf\n' > /usr/local/etc/php-fpm.conf
ln -sf /usr/local/etc/php-fpm.conf /etc/php/8.2/fpm/php-fpm.conf
rm -rf /etc/php/8.2/fpm/pool.d /run/php /var/log/php8.2-fpm.log
rm -rf /var/www/html
install -d -o www-data -g www-data -m 1777 /var/www/html
php-fpm --version
