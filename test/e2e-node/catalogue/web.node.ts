// Web servers, and what they run.

import * as recipes from '../images/recipes/web.ts';
import { describeCase, serves } from './harness.ts';

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
      'index.php':
        '<?php $f = tempnam(sys_get_temp_dir(), "x"); file_put_contents($f, "kept"); echo $f, " ", file_get_contents($f);',
    },
  },
  use: (cluster, pod) => serves(cluster, pod, 80, '/', /^\/tmp\/x\w+ kept$/),
});
