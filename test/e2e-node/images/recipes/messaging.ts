// Message brokers.

import type { Recipe } from '../recipe.ts';
import { LIBRARY, PATH } from './base.ts';

/** https://github.com/docker-library/rabbitmq */
export const rabbitmq: Recipe = {
  name: 'rabbitmq',
  refs: [`${LIBRARY}/rabbitmq:latest`, `${LIBRARY}/rabbitmq:3.10-management`],
  from: 'debian',
  config: {
    ExposedPorts: { '4369/tcp': {}, '5672/tcp': {}, '15672/tcp': {}, '15692/tcp': {} },
    Env: [
      `PATH=/opt/rabbitmq/sbin:${PATH}`,
      'RABBITMQ_DATA_DIR=/var/lib/rabbitmq',
      'RABBITMQ_HOME=/opt/rabbitmq',
      'HOME=/var/lib/rabbitmq',
      'LANG=C.UTF-8',
      'LANGUAGE=C.UTF-8',
      'LC_ALL=C.UTF-8',
    ],
    Entrypoint: ['docker-entrypoint.sh'],
    Cmd: ['rabbitmq-server'],
    Volumes: { '/var/lib/rabbitmq': {} },
  },
};

/** The same without the plugins that a tag `-management` enables. */
export const rabbitmqPlain: Recipe = {
  ...rabbitmq,
  name: 'rabbitmq-plain',
  root: 'rabbitmq',
  refs: [`${LIBRARY}/rabbitmq:3.10`],
  config: {
    ...rabbitmq.config,
    Env: [
      ...(rabbitmq.config.Env ?? []),
      'RABBITMQ_ENABLED_PLUGINS_FILE=/etc/rabbitmq/enabled_plugins_plain',
    ],
  },
};

/** https://github.com/nats-io/nats-docker, the variant that has a shell. */
export const nats: Recipe = {
  name: 'nats',
  refs: [`${LIBRARY}/nats:alpine`, `${LIBRARY}/nats:2.9-alpine`],
  from: 'debian',
  config: {
    ExposedPorts: { '4222/tcp': {}, '6222/tcp': {}, '8222/tcp': {} },
    Env: [`PATH=${PATH}`],
    Entrypoint: ['docker-entrypoint.sh'],
    Cmd: ['nats-server', '--config', '/etc/nats/nats-server.conf'],
  },
};

/** https://github.com/eclipse-mosquitto/mosquitto */
export const mosquitto: Recipe = {
  name: 'mosquitto',
  refs: ['latest', '2.0', '1.6'].map((tag) => `${LIBRARY}/eclipse-mosquitto:${tag}`),
  from: 'debian',
  config: {
    ExposedPorts: { '1883/tcp': {} },
    Env: [`PATH=${PATH}`],
    Entrypoint: ['/docker-entrypoint.sh'],
    Cmd: ['/usr/sbin/mosquitto', '-c', '/mosquitto/config/mosquitto.conf'],
    Volumes: { '/mosquitto/data': {}, '/mosquitto/log': {} },
  },
};

/** https://github.com/apache/kafka/tree/trunk/docker, its jars from Maven Central. */
export const kafka: Recipe = {
  name: 'kafka',
  refs: ['docker.io/apache/kafka:latest', 'docker.io/apache/kafka:3.8.1'],
  from: 'debian',
  config: {
    User: 'appuser',
    ExposedPorts: { '9092/tcp': {} },
    Env: [`PATH=/opt/java/openjdk/bin:${PATH}`, 'JAVA_HOME=/opt/java/openjdk', 'LANG=C.UTF-8'],
    Cmd: ['/etc/kafka/docker/run'],
    Volumes: { '/etc/kafka/secrets': {}, '/mnt/shared/config': {}, '/var/lib/kafka/data': {} },
  },
};
