groupadd --system --gid 999 mysql
useradd --system --gid mysql --uid 999 --home-dir /var/lib/mysql --no-create-home mysql
mkdir -p /docker-entrypoint-initdb.d
apt-get install -y -qq --no-install-recommends mariadb-server gosu
[ "$(id -u mysql)" = 999 ]
rm -rf /var/lib/mysql /var/log/mysql
install -d -o mysql -g mysql /var/lib/mysql
install -d -o mysql -g mysql -m 1777 /run/mysqld /run/mariadb
# Reachable from other pods, and no log file of its own.
sed -i -e 's/^bind-address/#&/' -e 's/^log_error/#&/' /etc/mysql/mariadb.conf.d/50-server.cnf
printf '[mariadb]\nhost-cache-size=0\nskip-name-resolve\n' > /etc/mysql/mariadb.conf.d/05-skipcache.cnf
