apt-get install -y -qq --no-install-recommends caddy ca-certificates libcap2-bin media-types
mkdir -p /config/caddy /data/caddy /srv /usr/share/caddy
chmod 1777 /config/caddy /data/caddy
test -s /usr/share/caddy/index.html
cat > /etc/caddy/Caddyfile << 'CADDY'
:80 {
	root * /usr/share/caddy
	file_server
}
CADDY
setcap cap_net_bind_service=+ep /usr/bin/caddy
caddy version
