groupadd --system --gid 999 rabbitmq
useradd --system --gid rabbitmq --uid 999 --home-dir /var/lib/rabbitmq rabbitmq
# With amqp-tools, the one client that speaks AMQP and is no Erlang node.
apt-get install -y -qq --no-install-recommends rabbitmq-server gosu amqp-tools python3-minimal
mv /usr/lib/rabbitmq/lib/rabbitmq_server-* /opt/rabbitmq
rm -rf /usr/sbin/rabbitmq* /etc/default/rabbitmq-server /var/log/rabbitmq /var/lib/rabbitmq
grep -qx 'SYS_PREFIX=' /opt/rabbitmq/sbin/rabbitmq-defaults
chown -R rabbitmq:rabbitmq /opt/rabbitmq
for folder in /var/lib/rabbitmq /etc/rabbitmq /etc/rabbitmq/conf.d /tmp/rabbitmq-ssl /var/log/rabbitmq; do
  mkdir -p "$folder"
  chown -R rabbitmq:rabbitmq "$folder"
  chmod 1777 "$folder"
done
ln -sf /var/lib/rabbitmq/.erlang.cookie /root/.erlang.cookie
export HOME=/var/lib/rabbitmq PATH=/opt/rabbitmq/sbin:$PATH
gosu rabbitmq rabbitmq-plugins enable --offline rabbitmq_prometheus rabbitmq_management
rm -f /var/lib/rabbitmq/.erlang.cookie
ln -sf /opt/rabbitmq/plugins /plugins
