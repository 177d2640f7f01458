apt-get install -y -qq --no-install-recommends prometheus-node-exporter
mv /usr/bin/prometheus-node-exporter /usr/bin/node_exporter
rm -rf /var/lib/prometheus /etc/default/prometheus-node-exporter
/bin/node_exporter --version
