groupadd --system --gid 999 redis
useradd --system --gid redis --uid 999 --home-dir /home/redis --no-create-home redis
apt-get install -y -qq --no-install-recommends redis-server redis-tools
mv /usr/bin/redis-* /usr/local/bin/
rm -rf /etc/redis /var/lib/redis /var/log/redis
install -d -o redis -g redis /data
redis-server --version
