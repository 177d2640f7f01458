mkdir -p /usr/share/man/man1 # update-alternatives links manual pages there, even where there are none.
apt-get install -y -qq --no-install-recommends openjdk-17-jre-headless procps
useradd --uid 1000 --user-group --create-home --shell /bin/bash appuser
mkdir -p /opt/java /var/lib/kafka/data /etc/kafka/secrets /usr/logs /mnt/shared/config
ln -s "$(dirname "$(dirname "$(readlink -f /usr/bin/java)")")" /opt/java/openjdk
for tool in topics:org.apache.kafka.tools.TopicCommand console-producer:kafka.tools.ConsoleProducer \
  console-consumer:org.apache.kafka.tools.consumer.ConsoleConsumer storage:kafka.tools.StorageTool; do
  script=/opt/kafka/bin/kafka-${tool%%:*}.sh
  printf '#!/bin/bash\nexec "$(dirname "$0")/kafka-run-class.sh" %s "$@"\n' "${tool#*:}" > "$script"
  chmod 755 "$script"
done
cp /opt/kafka/config/log4j.properties /opt/kafka/config/tools-log4j.properties /opt/kafka/config/server.properties \
  /etc/kafka/docker/
chown -R appuser:appuser /usr/logs /opt/kafka /mnt/shared/config
chown -R appuser:root /var/lib/kafka /etc/kafka
chmod -R ug+w /etc/kafka /var/lib/kafka
