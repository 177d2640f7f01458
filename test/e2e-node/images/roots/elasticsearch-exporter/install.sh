apt-get install -y -qq --no-install-recommends prometheus-elasticsearch-exporter
mv /usr/bin/prometheus-elasticsearch-exporter /usr/bin/elasticsearch_exporter
rm -rf /var/lib/prometheus /etc/default/prometheus-elasticsearch-exporter
/bin/elasticsearch_exporter --version
