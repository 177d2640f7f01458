// Databases and caches.

import * as recipes from '../images/recipes/data.ts';
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
