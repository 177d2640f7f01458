groupadd --system --gid 101 nginx
useradd --system --uid 101 --gid nginx --no-create-home --home-dir /nonexistent --shell /bin/false nginx
mkdir /root/own
mv /etc/nginx /root/own/
apt-get install -y -qq --no-install-recommends nginx-light gettext-base ca-certificates curl
mv /etc/nginx/mime.types /etc/nginx/fastcgi_params /etc/nginx/scgi_params /etc/nginx/uwsgi_params /root/own/nginx/
rm -rf /etc/nginx /var/lib/nginx /var/log/nginx /usr/share/nginx/modules* /var/www
mv /root/own/nginx /etc/nginx
rmdir /root/own
mkdir -p /var/cache/nginx /var/log/nginx /usr/lib/nginx/modules
ln -s /usr/lib/nginx/modules /etc/nginx/modules
nginx -t
rm -rf /var/log/nginx/* /var/lib/nginx /tmp/*
ln -s /dev/stdout /var/log/nginx/access.log
ln -s /dev/stderr /var/log/nginx/error.log
test -s /usr/share/nginx/html/index.html
chown -R nginx:0 /var/cache/nginx /etc/nginx
chmod -R g+w /var/cache/nginx /etc/nginx
