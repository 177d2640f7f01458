#!/bin/bash
# Runs a class with the jars of the release: as a tool, or, where a name and a log of the garbage collection are asked for,
# as the server.
base=$(dirname "$0")/..
logs=${LOG_DIR:-$base/logs}
if [ -z "${KAFKA_LOG4J_OPTS:-}" ]; then
  KAFKA_LOG4J_OPTS="-Dlog4j.configuration=file:$base/config/tools-log4j.properties"
else
  [ -d "$logs" ] || mkdir -p "$logs"
fi
collection=
while [ $# -gt 0 ]; do
  case $1 in
    -name) name=$2 && shift 2 ;;
    -loggc) collection="-Xlog:gc*:file=$logs/$name-gc.log:time,tags:filecount=10,filesize=100M" && shift ;;
    *) break ;;
  esac
done
exec java ${KAFKA_HEAP_OPTS:--Xmx256M} -server -XX:+UseG1GC -Djava.awt.headless=true $collection ${KAFKA_JMX_OPTS:-} \
  "-Dkafka.logs.dir=$logs" $KAFKA_LOG4J_OPTS -cp "$base/libs/*" ${KAFKA_OPTS:-} "$@"
