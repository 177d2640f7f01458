apt-get install -y -qq --no-install-recommends etcd-server etcd-client
mv /usr/bin/etcd /usr/bin/etcdctl /usr/local/bin/
rm -rf /etc/default/etcd /var/lib/etcd
install -d /var/etcd /var/lib/etcd
