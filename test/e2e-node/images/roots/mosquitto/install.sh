groupadd --system --gid 1883 mosquitto
useradd --system --gid mosquitto --uid 1883 --home-dir /var/empty --no-create-home --shell /usr/sbin/nologin mosquitto
apt-get install -y -qq --no-install-recommends mosquitto mosquitto-clients
[ "$(id -u mosquitto)" = 1883 ]
install -d /mosquitto/config /mosquitto/data /mosquitto/log
grep '^#' /etc/mosquitto/mosquitto.conf > /mosquitto/config/mosquitto.conf
rm -rf /etc/mosquitto /var/lib/mosquitto /var/log/mosquitto
chown -R mosquitto:mosquitto /mosquitto
