apt-get install -y -qq --no-install-recommends openjdk-17-jdk-headless
mkdir -p /opt/java
ln -s "$(dirname "$(dirname "$(readlink -f /usr/bin/java)")")" /opt/java/openjdk
/opt/java/openjdk/bin/java -version
