# What the other scripts read first: here the jar that Debian has, which names those that it needs.
ZOOCFGDIR=${ZOOCFGDIR:-/apache-zookeeper-3.8.0-bin/conf}
ZOOCFG=$ZOOCFGDIR/${ZOOCFG:-zoo.cfg}
ZOO_LOG_DIR=${ZOO_LOG_DIR:-/apache-zookeeper-3.8.0-bin/logs}
JAVA=java
CLASSPATH=$ZOOCFGDIR:/usr/share/java/zookeeper.jar:/usr/share/java/slf4j-reload4j.jar:/usr/share/java/slf4j-log4j12.jar:/usr/share/java/log4j-1.2.jar
SERVER_JVMFLAGS="-Xmx${ZK_SERVER_HEAP:-1000}m -Dzookeeper.root.logger=INFO,CONSOLE ${SERVER_JVMFLAGS:-}"
CLIENT_JVMFLAGS="-Xmx${ZK_CLIENT_HEAP:-256}m -Dzookeeper.root.logger=WARN,CONSOLE ${CLIENT_JVMFLAGS:-}"
