apt-get install -y -qq --no-install-recommends libapr1 libaprutil1 libaprutil1-dbd-sqlite3 libpcre2-8-0 libssl3 zlib1g ca-certificates
chown www-data:www-data /usr/local/apache2/htdocs
/usr/local/apache2/bin/httpd -t
