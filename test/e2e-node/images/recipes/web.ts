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

/** https://github.com/nginx/docker-nginx-unprivileged */
export const nginxUnprivileged: Recipe = {
  name: 'nginx-unprivileged',
  refs: ['docker.io/nginxinc/nginx-unprivileged:1.22'],
  from: 'debian',
  config: {
    User: '101',
    ExposedPorts: { '8080/tcp': {} },
    Env: [`PATH=${PATH}`],
    Entrypoint: ['/docker-entrypoint.sh'],
    Cmd: ['nginx', '-g', 'daemon off;'],
    StopSignal: 'SIGQUIT',
  },
};

/** https://github.com/caddyserver/caddy-docker */
export const caddy: Recipe = {
  name: 'caddy',
  refs: [`${LIBRARY}/caddy:latest`, `${LIBRARY}/caddy:2.6`],
  from: 'debian',
  config: {
    ExposedPorts: { '80/tcp': {}, '443/tcp': {}, '2019/tcp': {} },
    Env: [`PATH=${PATH}`, 'XDG_CONFIG_HOME=/config', 'XDG_DATA_HOME=/data'],
    Cmd: ['caddy', 'run', '--config', '/etc/caddy/Caddyfile', '--adapter', 'caddyfile'],
    WorkingDir: '/srv',
  },
};

/** https://github.com/distribution/distribution-library-image */
export const registry: Recipe = {
  name: 'registry',
  refs: [`${LIBRARY}/registry:latest`, `${LIBRARY}/registry:2.8`],
  from: 'debian',
  config: {
    ExposedPorts: { '5000/tcp': {} },
    Env: [`PATH=${PATH}`],
    Entrypoint: ['/entrypoint.sh'],
    Cmd: ['/etc/docker/registry/config.yml'],
    Volumes: { '/var/lib/registry': {} },
  },
};

/** https://github.com/docker-library/wordpress */
export const wordpress: Recipe = {
  name: 'wordpress',
  refs: [`${LIBRARY}/wordpress:latest`, `${LIBRARY}/wordpress:6.1-apache`],
  from: 'debian',
  config: {
    ExposedPorts: { '80/tcp': {} },
    Env: [`PATH=${PATH}`, 'APACHE_CONFDIR=/etc/apache2', 'APACHE_ENVVARS=/etc/apache2/envvars'],
    Entrypoint: ['docker-entrypoint.sh'],
    Cmd: ['apache2-foreground'],
    Volumes: { '/var/www/html': {} },
    WorkingDir: '/var/www/html',
    StopSignal: 'SIGWINCH',
  },
};

/** https://github.com/TimWolla/docker-adminer */
export const adminer: Recipe = {
  name: 'adminer',
  refs: [`${LIBRARY}/adminer:latest`, `${LIBRARY}/adminer:4.8.1`],
  from: 'debian',
  config: {
    User: 'adminer',
    ExposedPorts: { '8080/tcp': {} },
    Env: [`PATH=${PATH}`],
    Entrypoint: ['entrypoint.sh', 'docker-php-entrypoint'],
    Cmd: ['php', '-S', '[::]:8080', '-t', '/var/www/html'],
    WorkingDir: '/var/www/html',
    StopSignal: 'SIGINT',
  },
};

/** https://github.com/phpmyadmin/docker */
export const phpmyadmin: Recipe = {
  name: 'phpmyadmin',
  refs: [`${LIBRARY}/phpmyadmin:latest`, `${LIBRARY}/phpmyadmin:5.2`],
  from: 'debian',
  config: {
    ExposedPorts: { '80/tcp': {} },
    Env: [
      `PATH=${PATH}`,
      'PHP_INI_DIR=/usr/local/etc/php',
      'APACHE_CONFDIR=/etc/apache2',
      'APACHE_ENVVARS=/etc/apache2/envvars',
    ],
    Entrypoint: ['/docker-entrypoint.sh'],
    Cmd: ['apache2-foreground'],
    WorkingDir: '/var/www/html',
    StopSignal: 'SIGWINCH',
  },
};
