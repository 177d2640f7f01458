// Databases and caches.

import type { Recipe } from '../recipe.ts';
import { LIBRARY, PATH } from './base.ts';

/** https://github.com/docker-library/redis */
export const redis: Recipe = {
  name: 'redis',
  refs: [`${LIBRARY}/redis:latest`, `${LIBRARY}/redis:7.0`],
  from: 'debian',
  config: {
    ExposedPorts: { '6379/tcp': {} },
    Env: [`PATH=${PATH}`],
    Entrypoint: ['docker-entrypoint.sh'],
    Cmd: ['redis-server'],
    Volumes: { '/data': {} },
    WorkingDir: '/data',
  },
};

/** https://github.com/docker-library/memcached */
export const memcached: Recipe = {
  name: 'memcached',
  refs: [`${LIBRARY}/memcached:latest`, `${LIBRARY}/memcached:1.6`],
  from: 'debian',
  config: {
    User: 'memcache',
    ExposedPorts: { '11211/tcp': {} },
    Env: [`PATH=${PATH}`],
    Entrypoint: ['docker-entrypoint.sh'],
    Cmd: ['memcached'],
  },
};

/** https://github.com/docker-library/postgres */
export const postgres: Recipe = {
  name: 'postgres',
  refs: [`${LIBRARY}/postgres:latest`, `${LIBRARY}/postgres:15`],
  from: 'debian',
  config: {
    ExposedPorts: { '5432/tcp': {} },
    Env: [
      `PATH=${PATH}:/usr/lib/postgresql/15/bin`,
      'LANG=C.UTF-8',
      'PG_MAJOR=15',
      'PGDATA=/var/lib/postgresql/data',
    ],
    Entrypoint: ['docker-entrypoint.sh'],
    Cmd: ['postgres'],
    Volumes: { '/var/lib/postgresql/data': {} },
    StopSignal: 'SIGINT',
  },
};

/** https://github.com/MariaDB/mariadb-docker */
export const mariadb: Recipe = {
  name: 'mariadb',
  refs: [`${LIBRARY}/mariadb:latest`, `${LIBRARY}/mariadb:10.11`],
  from: 'debian',
  config: {
    ExposedPorts: { '3306/tcp': {} },
    Env: [`PATH=${PATH}`, 'LANG=C.UTF-8'],
    Entrypoint: ['docker-entrypoint.sh'],
    Cmd: ['mariadbd'],
    Volumes: { '/var/lib/mysql': {} },
  },
};

/** The same on Red Hat's UBI, whose docker.cnf has the socket elsewhere. */
export const mariadbUbi: Recipe = {
  ...mariadb,
  name: 'mariadb-ubi',
  root: 'mariadb',
  refs: [`${LIBRARY}/mariadb:11-ubi9`],
  config: { ...mariadb.config, Env: [...(mariadb.config.Env ?? []), 'MYSQL_HOME=/etc/ubi'] },
};

/** https://github.com/etcd-io/etcd: gcr.io/etcd-development/etcd, and the same image at quay.io */
export const etcd: Recipe = {
  name: 'etcd',
  refs: ['quay.io/coreos/etcd:v3.4.23', 'gcr.io/etcd-development/etcd:v3.4.23'],
  from: 'debian',
  config: {
    ExposedPorts: { '2379/tcp': {}, '2380/tcp': {} },
    Env: [`PATH=${PATH}`],
    Cmd: ['/usr/local/bin/etcd'],
    WorkingDir: '/var/lib/etcd',
  },
};

/** https://github.com/31z4/zookeeper-docker */
export const zookeeper: Recipe = {
  name: 'zookeeper',
  refs: [`${LIBRARY}/zookeeper:latest`, `${LIBRARY}/zookeeper:3.8`],
  from: 'debian',
  config: {
    ExposedPorts: { '2181/tcp': {}, '2888/tcp': {}, '3888/tcp': {}, '8080/tcp': {} },
    Env: [
      `PATH=${PATH}:/apache-zookeeper-3.8.0-bin/bin`,
      'ZOO_CONF_DIR=/conf',
      'ZOO_DATA_DIR=/data',
      'ZOO_DATA_LOG_DIR=/datalog',
      'ZOO_LOG_DIR=/logs',
      'ZOO_TICK_TIME=2000',
      'ZOO_INIT_LIMIT=5',
      'ZOO_SYNC_LIMIT=2',
      'ZOO_AUTOPURGE_PURGEINTERVAL=0',
      'ZOO_AUTOPURGE_SNAPRETAINCOUNT=3',
      'ZOO_MAX_CLIENT_CNXNS=60',
      'ZOO_STANDALONE_ENABLED=true',
      'ZOO_ADMINSERVER_ENABLED=true',
      'ZOOCFGDIR=/conf',
    ],
    Entrypoint: ['/docker-entrypoint.sh'],
    Cmd: ['zkServer.sh', 'start-foreground'],
    Volumes: { '/data': {}, '/datalog': {}, '/logs': {} },
    WorkingDir: '/apache-zookeeper-3.8.0-bin',
  },
};

/** https://github.com/influxdata/influxdata-docker */
export const influxdb: Recipe = {
  name: 'influxdb',
  refs: [`${LIBRARY}/influxdb:1.6`, `${LIBRARY}/influxdb:1.8`],
  from: 'debian',
  config: {
    ExposedPorts: { '8086/tcp': {} },
    Env: [`PATH=${PATH}`],
    Entrypoint: ['/entrypoint.sh'],
    Cmd: ['influxd'],
    Volumes: { '/var/lib/influxdb': {} },
  },
};

/** https://github.com/docker-library/cassandra, its jars from Maven Central. */
export const cassandra: Recipe = {
  name: 'cassandra',
  refs: [`${LIBRARY}/cassandra:latest`, `${LIBRARY}/cassandra:5.0`],
  from: 'debian',
  config: {
    ExposedPorts: { '7000/tcp': {}, '7199/tcp': {}, '9042/tcp': {} },
    Env: [
      `PATH=/opt/cassandra/bin:/opt/java/openjdk/bin:${PATH}`,
      'JAVA_HOME=/opt/java/openjdk',
      'LANG=C.UTF-8',
      'CASSANDRA_HOME=/opt/cassandra',
      'CASSANDRA_CONF=/etc/cassandra',
    ],
    Entrypoint: ['docker-entrypoint.sh'],
    Cmd: ['cassandra', '-f'],
    Volumes: { '/var/lib/cassandra': {} },
  },
};
