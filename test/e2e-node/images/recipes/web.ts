// Web servers, and what they run.

import type { Recipe } from '../recipe.ts';
import { LIBRARY, PATH } from './base.ts';

/** https://github.com/nginxinc/docker-nginx */
export const nginx: Recipe = {
  name: 'nginx',
  refs: [`${LIBRARY}/nginx:latest`, `${LIBRARY}/nginx:1.22`, `${LIBRARY}/nginx:1.27`],
  from: 'debian',
  config: {
    ExposedPorts: { '80/tcp': {} },
    Env: [`PATH=${PATH}`],
    Entrypoint: ['/docker-entrypoint.sh'],
    Cmd: ['nginx', '-g', 'daemon off;'],
    StopSignal: 'SIGQUIT',
  },
};

/** https://github.com/docker-library/httpd */
export const httpd: Recipe = {
  name: 'httpd',
  refs: [`${LIBRARY}/httpd:latest`, `${LIBRARY}/httpd:2.4`],
  from: 'debian',
  config: {
    ExposedPorts: { '80/tcp': {} },
    Env: [`PATH=/usr/local/apache2/bin:${PATH}`, 'HTTPD_PREFIX=/usr/local/apache2'],
    Cmd: ['httpd-foreground'],
    WorkingDir: '/usr/local/apache2',
    StopSignal: 'SIGWINCH',
  },
};

/** https://github.com/docker-library/haproxy */
export const haproxy: Recipe = {
  name: 'haproxy',
  refs: [`${LIBRARY}/haproxy:latest`, `${LIBRARY}/haproxy:2.6`],
  from: 'debian',
  config: {
    User: 'haproxy',
    Env: [`PATH=${PATH}`],
    Entrypoint: ['docker-entrypoint.sh'],
    Cmd: ['haproxy', '-f', '/usr/local/etc/haproxy/haproxy.cfg'],
    WorkingDir: '/var/lib/haproxy',
    StopSignal: 'SIGUSR1',
  },
};

/** https://github.com/docker-library/tomcat */
export const tomcat: Recipe = {
  name: 'tomcat',
  refs: [`${LIBRARY}/tomcat:latest`, `${LIBRARY}/tomcat:10.1`],
  from: 'debian',
  config: {
    ExposedPorts: { '8080/tcp': {} },
    Env: [
      `PATH=/usr/local/tomcat/bin:/opt/java/openjdk/bin:${PATH}`,
      'JAVA_HOME=/opt/java/openjdk',
      'CATALINA_HOME=/usr/local/tomcat',
      'LANG=C.UTF-8',
    ],
    Cmd: ['catalina.sh', 'run'],
    WorkingDir: '/usr/local/tomcat',
  },
};

/** https://github.com/docker-library/php */
export const phpApache: Recipe = {
  name: 'php-apache',
  refs: [`${LIBRARY}/php:apache`, `${LIBRARY}/php:8.2-apache`],
  from: 'debian',
  config: {
    ExposedPorts: { '80/tcp': {} },
    Env: [`PATH=${PATH}`, 'APACHE_CONFDIR=/etc/apache2', 'APACHE_ENVVARS=/etc/apache2/envvars'],
    Entrypoint: ['docker-php-entrypoint'],
    Cmd: ['apache2-foreground'],
    WorkingDir: '/var/www/html',
    StopSignal: 'SIGWINCH',
  },
};
