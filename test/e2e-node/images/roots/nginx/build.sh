# The same paths as in the official image, so that the server writes to the same places.
fetch-source nginx
dpkg-source --extract nginx_*.dsc
cd nginx-*/
./configure \
  --prefix=/etc/nginx --sbin-path=/usr/sbin/nginx --modules-path=/usr/lib/nginx/modules \
  --conf-path=/etc/nginx/nginx.conf \
  --error-log-path=/var/log/nginx/error.log --http-log-path=/var/log/nginx/access.log \
  --pid-path=/var/run/nginx.pid --lock-path=/var/run/nginx.lock \
  --http-client-body-temp-path=/var/cache/nginx/client_temp \
  --http-proxy-temp-path=/var/cache/nginx/proxy_temp \
  --http-fastcgi-temp-path=/var/cache/nginx/fastcgi_temp \
  --http-uwsgi-temp-path=/var/cache/nginx/uwsgi_temp \
  --http-scgi-temp-path=/var/cache/nginx/scgi_temp \
  --user=nginx --group=nginx --with-threads --with-http_ssl_module --with-http_v2_module \
  --with-http_stub_status_module --with-http_realip_module --with-http_gunzip_module --with-stream
make -j2
mkdir -p /mnt/out/usr/sbin /mnt/out/etc/nginx /mnt/out/usr/share/nginx/html
install -s objs/nginx /mnt/out/usr/sbin/nginx
cp conf/mime.types conf/fastcgi_params conf/scgi_params conf/uwsgi_params /mnt/out/etc/nginx/
cp -r "$([ -d html ] && echo html || echo docs/html)"/. /mnt/out/usr/share/nginx/html/
