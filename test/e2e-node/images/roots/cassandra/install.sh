groupadd --system --gid 999 cassandra
useradd --system --gid cassandra --uid 999 cassandra
mkdir -p /usr/share/man/man1 # update-alternatives links manual pages there, even where there are none.
apt-get install -y -qq --no-install-recommends openjdk-17-jre-headless procps iproute2 gosu
mkdir -p /opt/java /var/lib/cassandra /var/log/cassandra
ln -s "$(dirname "$(dirname "$(readlink -f /usr/bin/java)")")" /opt/java/openjdk
chown -R cassandra:cassandra /etc/cassandra /var/lib/cassandra /var/log/cassandra
chmod 1777 /etc/cassandra /var/lib/cassandra /var/log/cassandra
chmod -R a+rwX /etc/cassandra
ln -sT /etc/cassandra /opt/cassandra/conf
ln -sT /var/lib/cassandra /opt/cassandra/data
ln -sT /var/log/cassandra /opt/cassandra/logs
rm -rf /tmp/hsperfdata_root
