apt-get install -y -qq --no-install-recommends prometheus-snmp-exporter
mv /usr/bin/prometheus-snmp-exporter /usr/bin/snmp_exporter
install -D -m 644 /etc/prometheus/snmp.yml /etc/snmp_exporter/snmp.yml
rm -rf /var/lib/prometheus /etc/default/prometheus-snmp-exporter /etc/prometheus
/bin/snmp_exporter --version
