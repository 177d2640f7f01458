// Where the pod decides what has to be writable: data that it moves elsewhere, and what it mounts
// below them.

import { describeCase, says, type Use } from './catalogue/harness.ts';
import * as data from './images/recipes/data.ts';
import { grafana } from './images/recipes/monitoring.ts';

describeCase({
  recipe: data.postgres,
  name: 'postgres-moved',
  image: 'postgres:15',
  container: {
    env: [
      { name: 'POSTGRES_PASSWORD', value: 'secret' },
      { name: 'PGDATA', value: '/srv/pg/data' },
    ],
  },
  byHand: {
    writable: ['/tmp', '/var/run/postgresql', '/var/lib/postgresql'],
    outcome: /cannot create directory .\/srv\/pg.: Read-only file system/,
  },
  use: psql('create table if not exists a (b int); insert into a values (7)'),
  useAgain: psql('select distinct b from a', /^7$/m),
});

describeCase({
  recipe: data.redis,
  name: 'redis-moved',
  image: 'redis:7.0',
  container: { args: ['--dir', '/srv/redis'] },
  byHand: { writable: ['/data'], outcome: /dir "\/srv\/redis"'\s+No such file or directory/ },
  use: (cluster, pod) =>
    says(cluster, pod, ['sh', '-c', 'redis-cli set a kept && redis-cli save'], /^OK\nOK$/m),
  useAgain: (cluster, pod) => says(cluster, pod, ['redis-cli', 'get', 'a'], /^kept$/m),
});

const dashboards = '/var/lib/grafana/dashboards';
const database = ['sqlite3', '/var/lib/grafana/grafana.db'];

describeCase({
  recipe: grafana,
  name: 'grafana-dashboards',
  image: 'grafana/grafana:12',
  files: { at: dashboards, data: { 'shop.json': '{"title": "Shop"}' }, whole: true },
  byHand: {
    writable: ['/tmp', '/var/log/grafana'],
    outcome: /'\/var\/lib\/grafana' is not writable[^]*failed to connect to database/,
  },
  use: async (cluster, pod) =>
    (await says(cluster, pod, ['cat', `${dashboards}/shop.json`], /"Shop"/)) ??
    (await says(cluster, pod, [...database, "INSERT INTO dashboard VALUES ('Shop')"], /^$/)),
  useAgain: async (cluster, pod) =>
    (await says(cluster, pod, ['cat', `${dashboards}/shop.json`], /"Shop"/)) ??
    (await says(cluster, pod, [...database, 'SELECT title FROM dashboard'], /^Shop$/m)),
});

function psql(sql: string, expected = /(?:)/): Use {
  return (cluster, pod) =>
    says(cluster, pod, ['psql', '-U', 'postgres', '-At', '-c', sql], expected);
}
