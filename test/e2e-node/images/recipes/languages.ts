// The images that programs of a language are built on.

import type { Recipe } from '../recipe.ts';
import { LIBRARY, PATH } from './base.ts';

/** https://github.com/docker-library/ruby */
export const ruby: Recipe = {
  name: 'ruby',
  refs: [`${LIBRARY}/ruby:latest`, `${LIBRARY}/ruby:3.1`],
  from: 'debian',
  config: { Env: [`PATH=${PATH}`, 'LANG=C.UTF-8'], Cmd: ['irb'] },
};

/** https://github.com/docker-library/python */
export const python: Recipe = {
  name: 'python',
  refs: [`${LIBRARY}/python:latest`, `${LIBRARY}/python:3.11`],
  from: 'debian',
  config: { Env: [`PATH=${PATH}`, 'LANG=C.UTF-8'], Cmd: ['python3'] },
};

/** https://github.com/adoptium/containers */
export const temurin: Recipe = {
  name: 'temurin',
  refs: [`${LIBRARY}/eclipse-temurin:latest`, `${LIBRARY}/eclipse-temurin:17`],
  from: 'debian',
  config: {
    Env: [`PATH=/opt/java/openjdk/bin:${PATH}`, 'JAVA_HOME=/opt/java/openjdk', 'LANG=C.UTF-8'],
    Cmd: ['jshell'],
  },
};

const nodeMajor = process.versions.node.split('.')[0] ?? '';

/**
 * https://github.com/nodejs/docker-node, with the Node.js that runs the tests: Debian's is older
 * than we support.
 */
export const node: Recipe = {
  name: 'node',
  refs: [
    `${LIBRARY}/node:latest`,
    `${LIBRARY}/node:${nodeMajor}`,
    `${LIBRARY}/node:${nodeMajor}-slim`,
  ],
  from: 'debian',
  config: { Env: [`PATH=${PATH}`], Cmd: ['node'] },
  hostFiles: { '/usr/local/bin/node': process.execPath },
  salt: process.version,
};

/** https://github.com/docker-library/php, the server that web servers ask by FastCGI. */
export const phpFpm: Recipe = {
  name: 'php-fpm',
  refs: [`${LIBRARY}/php:fpm`, `${LIBRARY}/php:8.2-fpm`],
  from: 'debian',
  config: {
    ExposedPorts: { '9000/tcp': {} },
    Env: [`PATH=${PATH}`],
    Entrypoint: ['docker-php-entrypoint'],
    Cmd: ['php-fpm'],
    WorkingDir: '/var/www/html',
    StopSignal: 'SIGQUIT',
  },
};
