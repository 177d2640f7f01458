// Paths that only some pods of an image have to write to: by their tag, their hooks or their
// configuration.

import { describeCase, says, serves } from './catalogue/harness.ts';
import { mariadbUbi } from './images/recipes/data.ts';
import { rabbitmqPlain } from './images/recipes/messaging.ts';
import { nginx } from './images/recipes/web.ts';

/**
 * Before the server listens, the tools would make an Erlang cookie of their own, as whoever runs
 * them.
 */
const enablePlugin = `until (: < /dev/tcp/127.0.0.1/5672); do sleep 1; done
rabbitmq-plugins enable rabbitmq_management > /dev/termination-log 2>&1`;

const enabled = /^\[rabbitmq_management\]\.$/m;

describeCase({
  recipe: rabbitmqPlain,
  name: 'rabbitmq-hook',
  image: 'rabbitmq:3.10',
  container: {
    lifecycle: { postStart: { exec: { command: ['bash', '-c', enablePlugin] } } },
  },
  byHand: {
    writable: ['/tmp', '/var/lib/rabbitmq', '/var/log/rabbitmq'],
    // The kubelet ends a container whose hook fails.
    outcome: async (cluster, { namespace, name }) => {
      const last = 'jsonpath={.status.containerStatuses[*].lastState.terminated.message}';
      const said = await cluster.kubectl(['-n', namespace, 'get', 'pod', name, '-o', last]);
      return /enabled_plugins[^]*erofs/.test(said) ? undefined : said;
    },
  },
  use: async (cluster, pod) =>
    (await says(cluster, pod, ['cat', '/etc/rabbitmq/enabled_plugins_plain'], enabled)) ??
    (await serves(cluster, pod, 15672, '/', /RabbitMQ Management/)),
});

describeCase({
  recipe: mariadbUbi,
  image: 'mariadb:11-ubi9',
  container: { env: [{ name: 'MARIADB_ROOT_PASSWORD', value: 'secret' }] },
  byHand: {
    writable: ['/run/mysqld', '/tmp', '/var/lib/mysql'],
    outcome: /Bind on unix socket: Read-only file system/,
  },
  use: (cluster, pod) => {
    const sql = 'create database if not exists d; select @@socket';
    const command = ['mariadb', '-uroot', '-psecret', '-N', '-e', sql];
    return says(cluster, pod, command, /^\/run\/mariadb\/mariadb\.sock$/m);
  },
});

describeCase({
  recipe: nginx,
  name: 'nginx-rootless',
  image: 'nginx',
  spec: { securityContext: { runAsUser: 101 } },
  files: {
    at: '/etc/nginx',
    data: {
      // https://github.com/docker-library/docs/blob/master/nginx/content.md: nginx as a non-root
      // user.
      'nginx.conf': `pid /tmp/nginx.pid;
events {}
http {
  client_body_temp_path /tmp/client_temp;
  proxy_temp_path /tmp/proxy_temp_path;
  fastcgi_temp_path /tmp/fastcgi_temp;
  uwsgi_temp_path /tmp/uwsgi_temp;
  scgi_temp_path /tmp/scgi_temp;
  server {
    listen 8080;
    root /usr/share/nginx/html;
  }
}
`,
    },
  },
  byHand: {
    writable: ['/var/cache/nginx', '/var/run'],
    outcome: /"\/tmp\/[^"]+" failed \(30: Read-only file system\)/,
  },
  use: (cluster, pod) => serves(cluster, pod, 8080, '/', /Welcome to nginx!/),
});
