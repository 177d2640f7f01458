groupadd --system --gid 1000 zookeeper
useradd --system --gid zookeeper --uid 1000 zookeeper
mkdir -p /usr/share/man/man1 # update-alternatives links manual pages there, even where there are none.
apt-get install -y -qq --no-install-recommends openjdk-17-jre-headless libzookeeper-java gosu netcat-openbsd
# The package itself depends on a Java with windows.
cd /tmp
apt-get download -qq zookeeper
dpkg-deb -x zookeeper_*.deb /tmp/zookeeper
for program in zkServer.sh zkCli.sh zkCleanup.sh; do
  install "/tmp/zookeeper/usr/share/zookeeper/bin/$program" /apache-zookeeper-3.8.0-bin/bin/
done
for folder in /data /datalog /logs /conf; do
  install -d -o zookeeper -g zookeeper "$folder"
done
cp /tmp/zookeeper/etc/zookeeper/conf_example/log4j.properties /tmp/zookeeper/etc/zookeeper/conf_example/configuration.xsl \
  /conf/
rm -rf /tmp/zookeeper /tmp/zookeeper_*.deb
chown -R zookeeper:zookeeper /apache-zookeeper-3.8.0-bin
