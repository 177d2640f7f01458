# The jars of the release, from where its developers publish them, with what they depend on.
mkdir -p /usr/share/man/man1 # update-alternatives links manual pages there, even where there are none.
apt-get install -y -qq --no-install-recommends maven openjdk-17-jre-headless
cat > pom.xml <<'POM'
<project>
  <modelVersion>4.0.0</modelVersion>
  <groupId>images</groupId>
  <artifactId>cassandra</artifactId>
  <version>1</version>
  <dependencies>
    <dependency><groupId>org.apache.cassandra</groupId><artifactId>cassandra-all</artifactId><version>5.0.2</version></dependency>
  </dependencies>
</project>
POM
trust=()
[ ! -f /mnt/cacerts ] || trust=(-Djavax.net.ssl.trustStore=/mnt/cacerts)
mvn --quiet --batch-mode "${trust[@]}" dependency:copy-dependencies -DincludeScope=runtime -DoutputDirectory=/mnt/out/opt/cassandra/lib
