// Message brokers.

import * as recipes from '../images/recipes/messaging.ts';
import { answers, describeCase, says } from './harness.ts';

describeCase({
  recipe: recipes.rabbitmq,
  image: 'rabbitmq:3.10-management',
  use: async (cluster, pod) =>
    (await says(cluster, pod, ['amqp-declare-queue', '-d', '-q', 'a'], /^a$/m)) ??
    (await says(cluster, pod, ['amqp-publish', '-p', '-r', 'a', '-b', 'value'], /^$/)) ??
    (await says(cluster, pod, ['amqp-get', '-q', 'a'], /^value$/)) ??
    (await says(cluster, pod, ['rabbitmqctl', 'list_queues', '--quiet'], /^a\t0$/m)),
});

const stream = JSON.stringify({ name: 's', subjects: ['s.*'], storage: 'file' });
const natsSays = [
  ['SUB a 1\r\nPUB a 5\r\nvalue\r\n', /^MSG a 1 5\r\nvalue\r$/m],
  [
    `SUB r 1\r\nPUB $JS.API.STREAM.CREATE.s r ${stream.length}\r\n${stream}\r\n`,
    /stream_create_response"[^]*"name":"s"/,
  ],
  ['SUB r 1\r\nPUB s.a r 5\r\nvalue\r\n', /"stream":"s", ?"seq":\d+/],
] as const;

describeCase({
  recipe: recipes.nats,
  image: 'nats:2.9-alpine',
  container: { args: ['--jetstream'] },
  use: async (cluster, pod) => {
    for (const [lines, expected] of natsSays) {
      const other = await answers(cluster, pod, 4222, `CONNECT {}\r\n${lines}`, expected);
      if (other !== undefined) return other;
    }
    return undefined;
  },
});

describeCase({
  recipe: recipes.mosquitto,
  image: 'eclipse-mosquitto:2.0',
  files: {
    at: '/mosquitto/config',
    data: {
      'mosquitto.conf': `listener 1883
allow_anonymous true
persistence true
persistence_location /mosquitto/data/
autosave_interval 1
autosave_on_changes true
log_dest stdout
log_dest file /mosquitto/log/mosquitto.log
`,
    },
  },
  use: async (cluster, pod) =>
    (await says(
      cluster,
      pod,
      ['mosquitto_pub', '-r', '-q', '1', '-t', 'a', '-m', 'value'],
      /^$/,
    )) ??
    (await says(cluster, pod, ['mosquitto_sub', '-t', 'a', '-C', '1', '-W', '5'], /^value$/m)) ??
    (await says(
      cluster,
      pod,
      ['ls', '/mosquitto/data', '/mosquitto/log'],
      /mosquitto\.db[^]*\.log/,
    )),
});

// What its entrypoint was before 2.0: it ends where it cannot give away all of its folder.
const unguarded = `set -e
[ "$(id -u)" != 0 ] || chown -R mosquitto:mosquitto /mosquitto
exec /usr/sbin/mosquitto -c /mosquitto/config/mosquitto.conf`;

describeCase({
  name: 'mosquitto-1',
  recipe: recipes.mosquitto,
  image: 'eclipse-mosquitto:1.6',
  container: { command: ['sh', '-c', unguarded] },
  use: async (cluster, pod) =>
    (await says(
      cluster,
      pod,
      ['mosquitto_pub', '-r', '-q', '1', '-t', 'a', '-m', 'value'],
      /^$/,
    )) ??
    (await says(cluster, pod, ['mosquitto_sub', '-t', 'a', '-C', '1', '-W', '5'], /^value$/m)),
});

describeCase({
  recipe: recipes.kafka,
  image: 'apache/kafka:3.8.1',
  container: { env: [{ name: 'KAFKA_HEAP_OPTS', value: '-Xmx256m' }] },
  use: (cluster, pod) => {
    const server = '--bootstrap-server localhost:9092 --topic a';
    const script = `cd /opt/kafka/bin
echo value | ./kafka-console-producer.sh ${server} --sync
./kafka-console-consumer.sh ${server} --from-beginning --max-messages 1 --timeout-ms 20000`;
    return says(cluster, pod, ['sh', '-c', script], /^value$/m);
  },
});
