apt-get install -y -qq --no-install-recommends apache2 libapache2-mod-php8.2 php8.2-cli
a2dismod -q mpm_event || :
a2enmod -q mpm_prefork php8.2
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
