apt-get install -y -qq --no-install-recommends prometheus-alertmanager
mv /usr/bin/prometheus-alertmanager /usr/bin/alertmanager
rm -rf /var/lib/prometheus /etc/default/prometheus-alertmanager /etc/prometheus
mkdir -p /etc/alertmanager
cat > /etc/alertmanager/alertmanager.yml << 'YAML'
route:
  receiver: nobody
receivers:
  - name: nobody
YAML
install -d -o nobody -g nogroup /alertmanager
chown -R nobody:nogroup /etc/alertmanager
/bin/alertmanager --version
