#!/bin/bash
base=$(dirname "$0")
export KAFKA_LOG4J_OPTS=${KAFKA_LOG4J_OPTS:-"-Dlog4j.configuration=file:$base/../config/log4j.properties"}
export KAFKA_HEAP_OPTS=${KAFKA_HEAP_OPTS:-"-Xmx1G -Xms1G"}
exec "$base/kafka-run-class.sh" -name kafkaServer -loggc kafka.Kafka "$@"
