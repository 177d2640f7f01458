apt-get install -y -qq --no-install-recommends haproxy
# Its adduser takes nobody below 100 for a system user, so the number comes afterwards.
groupmod --gid 99 haproxy
usermod --uid 99 haproxy
mv /usr/sbin/haproxy /usr/local/sbin/haproxy
rm -rf /etc/haproxy /var/lib/haproxy
install -d -o haproxy -g haproxy /var/lib/haproxy
mkdir -p /usr/local/etc/haproxy
haproxy -v
