apt-get install -y -qq --no-install-recommends sqlite3
useradd --system --uid 472 --gid 0 --no-create-home --home-dir /usr/share/grafana grafana
mkdir -p /usr/share/grafana/.aws /etc/grafana/provisioning
for folder in /var/lib/grafana /var/lib/grafana/plugins /var/log/grafana; do
  install -d -o 472 -g 0 -m 777 "$folder"
done
