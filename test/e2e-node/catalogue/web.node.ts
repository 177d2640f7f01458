// Web servers, and what they run.

import { mariadb } from '../images/recipes/data.ts';
import * as recipes from '../images/recipes/web.ts';
import { describeCase, says, serves, type Beside } from './harness.ts';
import { converses, originOf } from './http-client.ts';
import { pushAndList } from './registry-client.ts';
import { publish, signIn } from './site-client.ts';

const database: Beside = {
  recipe: mariadb,
  image: 'mariadb:10.11',
  container: {
    env: [
      { name: 'MARIADB_ROOT_PASSWORD', value: 'secret' },
      { name: 'MARIADB_DATABASE', value: 'site' },
      { name: 'MARIADB_USER', value: 'author' },
      { name: 'MARIADB_PASSWORD', value: 'secret' },
    ],
    // The program beside it starts then: Adminer locks out who signs in thirty times in vain.
    startupProbe: {
      exec: { command: ['mariadb', '-h127.0.0.1', '-uauthor', '-psecret', '-eselect 1', 'site'] },
      periodSeconds: 1,
      timeoutSeconds: 30,
      failureThreshold: 300,
    },
  },
};

describeCase({
  recipe: recipes.haproxy,
  image: 'haproxy:2.6',
  files: {
    at: '/usr/local/etc/haproxy',
    data: {
      'haproxy.cfg': `global
  stats socket /var/lib/haproxy/stats mode 600
defaults
  mode http
  timeout client 5s
  timeout server 5s
  timeout connect 5s
frontend web
  bind :8080
  http-request return status 200 content-type text/plain string "haproxy answers"
`,
    },
  },
  use: (cluster, pod) => serves(cluster, pod, 8080, '/', /haproxy answers/),
});

describeCase({
  recipe: recipes.tomcat,
  image: 'tomcat:10.1',
  files: {
    at: '/usr/local/tomcat/webapps/ROOT',
    data: { 'index.jsp': '<%= "sum " + (40 + 2) + System.getProperty("java.io.tmpdir") %>' },
  },
  use: (cluster, pod) => serves(cluster, pod, 8080, '/index.jsp', /sum 42\/usr\/local\/tomcat/),
});

describeCase({
  recipe: recipes.phpApache,
  image: 'php:8.2-apache',
  files: {
    at: '/var/www/html',
    data: {
      'index.php': `<?php
$file = tempnam(sys_get_temp_dir(), "x");
file_put_contents($file, "kept");
session_start();
$_SESSION["seen"] = true;
session_write_close();
echo $file, " ", file_get_contents($file), " ", count(glob("/tmp/sess_" . session_id()));
`,
    },
  },
  use: (cluster, pod) => serves(cluster, pod, 80, '/', /^\/tmp\/x\w+ kept 1$/),
});

describeCase({
  recipe: recipes.nginxUnprivileged,
  image: 'nginxinc/nginx-unprivileged:1.22',
  container: { env: [{ name: 'ANSWER', value: 'rendered' }] },
  files: {
    at: '/etc/nginx/templates',
    data: { 'more.conf.template': 'server { listen 8081; return 200 "${ANSWER}"; }\n' },
  },
  use: async (cluster, pod) =>
    (await serves(cluster, pod, 8080, '/', /Welcome to nginx/)) ??
    (await serves(cluster, pod, 8081, '/', /^rendered$/)),
});

describeCase({
  recipe: recipes.caddy,
  image: 'caddy:2.6',
  files: {
    at: '/etc/caddy',
    data: {
      Caddyfile: `{
  skip_install_trust
}
:80 {
  root * /usr/share/caddy
  file_server
}
https://localhost {
  tls internal
  respond "own certificate"
}
`,
    },
  },
  use: async (cluster, pod) =>
    (await serves(cluster, pod, 80, '/', /Caddy/)) ??
    (await says(cluster, pod, ['ls', '/config/caddy'], /^autosave\.json$/m)) ??
    (await says(cluster, pod, ['ls', '/data/caddy/certificates/local/localhost'], /\.key$/m)),
});

describeCase({
  recipe: recipes.registry,
  image: 'registry:2.8',
  use: (cluster, pod) =>
    converses(async () => pushAndList(await originOf(cluster, pod, 5000), 'team/app')),
});

describeCase({
  recipe: recipes.wordpress,
  image: 'wordpress:6.1-apache',
  container: {
    env: [
      { name: 'WORDPRESS_DB_HOST', value: '127.0.0.1' },
      { name: 'WORDPRESS_DB_USER', value: 'author' },
      { name: 'WORDPRESS_DB_PASSWORD', value: 'secret' },
      { name: 'WORDPRESS_DB_NAME', value: 'site' },
      { name: 'WORDPRESS_CONFIG_EXTRA', value: "define('WP_HTTP_BLOCK_EXTERNAL', true);" },
    ],
  },
  beside: [database],
  use: (cluster, pod) => converses(async () => publish(await originOf(cluster, pod, 80))),
});

describeCase({
  recipe: recipes.adminer,
  image: 'adminer:4.8.1',
  container: {
    env: [
      { name: 'ADMINER_PLUGINS', value: 'tables-filter' },
      { name: 'ADMINER_DESIGN', value: 'nette' },
    ],
  },
  beside: [database],
  use: async (cluster, pod) =>
    (await converses(async () => signIn(await originOf(cluster, pod, 8080)))) ??
    (await serves(cluster, pod, 8080, '/adminer.css', /\{/)) ??
    (await says(cluster, pod, ['ls', 'plugins-enabled'], /^001-tables-filter\.php$/m)),
});

describeCase({
  recipe: recipes.phpmyadmin,
  image: 'phpmyadmin:5.2',
  container: {
    env: [
      { name: 'PMA_HOST', value: '127.0.0.1' },
      { name: 'PMA_USER', value: 'author' },
      { name: 'PMA_PASSWORD', value: 'secret' },
      { name: 'HIDE_PHP_VERSION', value: 'true' },
      { name: 'APACHE_PORT', value: '8081' },
    ],
  },
  beside: [database],
  use: async (cluster, pod) =>
    (await serves(
      cluster,
      pod,
      8081,
      '/index.php?route=/server/databases',
      /information_schema/,
    )) ??
    (await says(cluster, pod, ['ls', '/sessions'], /^sess_/m)) ??
    (await says(cluster, pod, ['ls', '/var/www/html/tmp'], /^twig$/m)),
});
