apt-get install -y -qq --no-install-recommends prometheus-blackbox-exporter
mv /usr/bin/prometheus-blackbox-exporter /usr/bin/blackbox_exporter
setcap -r /usr/bin/blackbox_exporter 2> /dev/null || : # The package's script grants raw sockets; upstream does not.
install -D -m 644 /etc/prometheus/blackbox.yml /etc/blackbox_exporter/config.yml
rm -rf /var/lib/prometheus /etc/default/prometheus-blackbox-exporter /etc/prometheus
/bin/blackbox_exporter --version
