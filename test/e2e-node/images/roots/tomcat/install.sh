mkdir -p /usr/share/man/man1 # update-alternatives links manual pages there, even where there are none.
apt-get install -y -qq --no-install-recommends openjdk-17-jre-headless tomcat10 \
  systemd-standalone-sysusers systemd-standalone-tmpfiles libeclipse-jdt-core-java
mkdir -p /usr/local/tomcat/conf /usr/local/tomcat/logs /usr/local/tomcat/temp /usr/local/tomcat/work \
  /usr/local/tomcat/webapps /opt/java
ln -s "$(dirname "$(dirname "$(readlink -f /usr/bin/java)")")" /opt/java/openjdk
# Debian spreads it over the file system, with links; upstream has it all in one place.
cp -rL /usr/share/tomcat10/bin /usr/share/tomcat10/lib /usr/local/tomcat/
cp -rL /etc/tomcat10/. /usr/local/tomcat/conf/
rm -rf /usr/local/tomcat/conf/Catalina /usr/local/tomcat/conf/policy.d
chmod -R a+rX /usr/local/tomcat
# What compiles pages.
cp -L /usr/share/java/*jdt*.jar /usr/share/java/*eclipse*.jar /usr/local/tomcat/lib/ 2> /dev/null || :
touch /usr/local/tomcat/temp/safeToDelete.tmp
chmod 777 /usr/local/tomcat/logs /usr/local/tomcat/temp /usr/local/tomcat/work
JAVA_HOME=/opt/java/openjdk sh /usr/local/tomcat/bin/catalina.sh version
test -s /usr/local/tomcat/conf/server.xml
