// Databases and caches.

import * as recipes from '../images/recipes/data.ts';
import { cql } from './cql-client.ts';
import { answers, describeCase, says } from './harness.ts';

describeCase({
  recipe: recipes.redis,
  image: 'redis',
  use: async (cluster, pod) =>
    (await says(cluster, pod, ['redis-cli', 'incr', 'a'], /^\d+$/m)) ??
    (await says(cluster, pod, ['redis-cli', 'save'], /^OK$/m)),
});

describeCase({
  recipe: recipes.memcached,
  image: 'memcached',
  use: (cluster, pod) =>
    answers(cluster, pod, 11211, 'set a 0 0 5\r\nvalue\r\nget a\r\nquit\r\n', /STORED[^]*value/),
});

describeCase({
  recipe: recipes.postgres,
  image: 'postgres:15',
  container: { env: [{ name: 'POSTGRES_PASSWORD', value: 'secret' }] },
  use: (cluster, pod) => {
    const sql = 'create table if not exists a (b int); insert into a values (7); select b from a';
    return says(cluster, pod, ['psql', '-U', 'postgres', '-At', '-c', sql], /^7$/m);
  },
});

describeCase({
  recipe: recipes.mariadb,
  image: 'mariadb:10.11',
  container: { env: [{ name: 'MARIADB_ROOT_PASSWORD', value: 'secret' }] },
  use: (cluster, pod) => {
    const sql =
      'create database if not exists d; create table if not exists d.a (b int); insert into d.a values (7); select b from d.a';
    return says(cluster, pod, ['mariadb', '-uroot', '-psecret', '-N', '-e', sql], /^7$/m);
  },
});

describeCase({
  recipe: recipes.etcd,
  image: 'quay.io/coreos/etcd:v3.4.23',
  container: {
    command: ['/usr/local/bin/etcd', '--listen-client-urls=http://0.0.0.0:2379'],
    args: ['--advertise-client-urls=http://127.0.0.1:2379'],
  },
  use: async (cluster, pod) =>
    (await says(cluster, pod, ['etcdctl', 'put', 'a', 'value'], /^OK$/m)) ??
    (await says(cluster, pod, ['etcdctl', 'get', 'a', '--print-value-only'], /^value$/m)) ??
    (await says(cluster, pod, ['ls', '/var/lib/etcd/default.etcd'], /^member$/m)),
});

describeCase({
  recipe: recipes.zookeeper,
  image: 'zookeeper:3.8',
  use: (cluster, pod) => {
    const client = 'zkCli.sh create /a value; zkCli.sh set /a changed; zkCli.sh get /a';
    return says(cluster, pod, ['sh', '-c', `(${client}) 2> /dev/null`], /^changed$/m);
  },
});

describeCase({
  recipe: recipes.influxdb,
  image: 'influxdb:1.6',
  container: { env: [{ name: 'INFLUXDB_DB', value: 'd' }] },
  use: async (cluster, pod) =>
    (await says(cluster, pod, ['influx', '-database', 'd', '-execute', 'insert a b=7'], /^$/)) ??
    (await says(cluster, pod, ['influx', '-database', 'd', '-execute', 'select b from a'], / 7$/m)),
});

describeCase({
  recipe: recipes.cassandra,
  image: 'cassandra:5.0',
  container: { env: [{ name: 'MAX_HEAP_SIZE', value: '512M' }] },
  use: async (cluster, pod) => {
    const host = await cluster.address(pod);
    const replication = "{'class': 'SimpleStrategy', 'replication_factor': 1}";
    try {
      const rows = await cql(host, 9042, [
        `create keyspace if not exists d with replication = ${replication}`,
        'create table if not exists d.a (k int primary key, v text)',
        "insert into d.a (k, v) values (1, 'value')",
        'select v from d.a where k = 1',
      ]);
      return rows.includes('value') ? undefined : rows.toString('latin1');
    } catch (error) {
      return String(error);
    }
  },
});
