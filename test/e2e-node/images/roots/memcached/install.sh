groupadd --system --gid 11211 memcache
useradd --system --gid memcache --uid 11211 --home-dir /nonexistent --no-create-home memcache
apt-get install -y -qq --no-install-recommends memcached
mv /usr/bin/memcached /usr/local/bin/
rm -rf /etc/memcached.conf /etc/default/memcached
memcached --version
