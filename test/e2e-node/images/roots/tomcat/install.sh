apt-get install -y -qq --no-install-recommends openjdk-17-jre-headless tomcat10-common libtomcat10-java
mkdir -p /usr/local/tomcat/conf /usr/local/tomcat/logs /usr/local/tomcat/temp /usr/local/tomcat/work \
  /usr/local/tomcat/webapps /opt/java
ln -s "$(dirname "$(dirname "$(readlink -f /usr/bin/java)")")" /opt/java/openjdk
# Debian spreads it over the file system, with links; upstream has it all in one place.
cp -rL /usr/share/tomcat10/bin /usr/share/tomcat10/lib /usr/local/tomcat/
if [ -d /usr/share/tomcat10/etc ]; then cp -rL /usr/share/tomcat10/etc/. /usr/local/tomcat/conf/; fi
touch /usr/local/tomcat/temp/safeToDelete.tmp
chmod 777 /usr/local/tomcat/logs /usr/local/tomcat/temp /usr/local/tomcat/work
JAVA_HOME=/opt/java/openjdk sh /usr/local/tomcat/bin/catalina.sh version
ls /usr/local/tomcat/conf
