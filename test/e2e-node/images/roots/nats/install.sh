apt-get install -y -qq --no-install-recommends nats-server
mv /usr/sbin/nats-server /usr/local/bin/
rm /etc/nats-server.conf
