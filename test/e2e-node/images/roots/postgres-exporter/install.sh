apt-get install -y -qq --no-install-recommends prometheus-postgres-exporter
mv /usr/bin/prometheus-postgres-exporter /usr/bin/postgres_exporter
rm -rf /var/lib/prometheus /etc/default/prometheus-postgres-exporter
/bin/postgres_exporter --version
