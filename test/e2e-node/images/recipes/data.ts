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
