apt-get install -y -qq --no-install-recommends -o Dpkg::Options::=--force-confold influxdb influxdb-client
rm -rf /var/lib/influxdb /var/log/influxdb /etc/default/influxdb
mkdir -p /var/lib/influxdb
influxd version
