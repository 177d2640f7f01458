# The jars of the release, from where its developers publish them: each by name and version, with what it depends on.
mkdir -p /usr/share/man/man1 # update-alternatives links manual pages there, even where there are none.
apt-get install -y -qq --no-install-recommends maven openjdk-17-jre-headless
cat > pom.xml <<'POM'
<project>
  <modelVersion>4.0.0</modelVersion>
  <groupId>images</groupId>
  <artifactId>kafka</artifactId>
  <version>1</version>
  <dependencies>
    <dependency><groupId>org.apache.kafka</groupId><artifactId>kafka_2.13</artifactId><version>3.8.1</version></dependency>
    <dependency><groupId>org.apache.kafka</groupId><artifactId>kafka-tools</artifactId><version>3.8.1</version></dependency>
    <dependency><groupId>org.slf4j</groupId><artifactId>slf4j-reload4j</artifactId><version>1.7.36</version></dependency>
  </dependencies>
</project>
POM
trust=()
[ ! -f /mnt/cacerts ] || trust=(-Djavax.net.ssl.trustStore=/mnt/cacerts)
mvn --quiet --batch-mode "${trust[@]}" dependency:copy-dependencies -DincludeScope=runtime -DoutputDirectory=/mnt/out/opt/kafka/libs
