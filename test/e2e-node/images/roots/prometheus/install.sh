apt-get install -y -qq --no-install-recommends prometheus
rm -rf /var/lib/prometheus /etc/default/prometheus /etc/prometheus/console*
mkdir -p /usr/share/prometheus/console_libraries /usr/share/prometheus/consoles
ln -s /usr/share/prometheus/console_libraries /usr/share/prometheus/consoles /etc/prometheus/
cat > /etc/prometheus/prometheus.yml << 'YAML'
global:
  scrape_interval: 1s
scrape_configs:
  - job_name: prometheus
    static_configs:
      - targets: ['localhost:9090']
YAML
install -d -o nobody -g nogroup /prometheus
chown -R nobody:nogroup /etc/prometheus
/bin/prometheus --version
