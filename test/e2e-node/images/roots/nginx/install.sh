apt-get install -y -qq --no-install-recommends libpcre2-8-0 zlib1g libssl3 gettext-base ca-certificates curl
groupadd --system --gid 101 nginx
useradd --system --uid 101 --gid nginx --no-create-home --home-dir /nonexistent --shell /bin/false nginx
mkdir -p /var/cache/nginx /var/log/nginx /usr/lib/nginx/modules
ln -s /usr/lib/nginx/modules /etc/nginx/modules
nginx -t
rm -rf /var/cache/nginx/* /var/log/nginx/* /run/nginx.pid
ln -s /dev/stdout /var/log/nginx/access.log
ln -s /dev/stderr /var/log/nginx/error.log
