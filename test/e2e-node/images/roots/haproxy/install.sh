groupadd --system --gid 99 haproxy
useradd --system --gid haproxy --uid 99 --home-dir /var/lib/haproxy --no-create-home haproxy
apt-get install -y -qq --no-install-recommends haproxy
mv /usr/sbin/haproxy /usr/local/sbin/haproxy
rm -rf /etc/haproxy /var/lib/haproxy
install -d -o haproxy -g haproxy /var/lib/haproxy
mkdir -p /usr/local/etc/haproxy
haproxy -v
