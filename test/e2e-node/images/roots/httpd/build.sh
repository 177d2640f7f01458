# Unpatched: Debian's patches are about Debian's layout. The same prefix as in the official image.
fetch-source apache2
mkdir httpd
tar -xf apache2_*.orig.tar.?z -C httpd --strip-components=1
cd httpd
./configure --prefix=/usr/local/apache2 --enable-mods-shared=most --enable-mpms-shared=all --with-mpm=event
make -j2
make install DESTDIR=/mnt/out
cd /mnt/out/usr/local/apache2
rm -rf man manual build
strip bin/httpd modules/*.so
sed -i \
  -e 's!^\(\s*CustomLog\)\s\+"\?logs/[^" ]*"\?!\1 /proc/self/fd/1!' \
  -e 's!^\(\s*ErrorLog\)\s\+"\?logs/[^" ]*"\?!\1 /proc/self/fd/2!' \
  -e 's!^\(User\) .*!\1 www-data!' -e 's!^\(Group\) .*!\1 www-data!' \
  conf/httpd.conf conf/extra/*.conf
