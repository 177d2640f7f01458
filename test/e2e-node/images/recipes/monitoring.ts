// What watches the others.

import type { Recipe } from '../recipe.ts';
import { PATH } from './base.ts';

/** https://github.com/prometheus/prometheus */
export const prometheus: Recipe = {
  name: 'prometheus',
  refs: ['docker.io/prom/prometheus:v2.42.0', 'quay.io/prometheus/prometheus:v2.42.0'],
  from: 'debian',
  config: {
    User: 'nobody',
    ExposedPorts: { '9090/tcp': {} },
    Env: [`PATH=${PATH}`],
    Entrypoint: ['/bin/prometheus'],
    Cmd: [
      '--config.file=/etc/prometheus/prometheus.yml',
      '--storage.tsdb.path=/prometheus',
      '--web.console.libraries=/usr/share/prometheus/console_libraries',
      '--web.console.templates=/usr/share/prometheus/consoles',
    ],
    Volumes: { '/prometheus': {} },
    WorkingDir: '/prometheus',
  },
};

/** https://github.com/prometheus/alertmanager */
export const alertmanager: Recipe = {
  name: 'alertmanager',
  refs: ['docker.io/prom/alertmanager:v0.25.0', 'quay.io/prometheus/alertmanager:v0.25.0'],
  from: 'debian',
  config: {
    User: 'nobody',
    ExposedPorts: { '9093/tcp': {} },
    Env: [`PATH=${PATH}`],
    Entrypoint: ['/bin/alertmanager'],
    Cmd: ['--config.file=/etc/alertmanager/alertmanager.yml', '--storage.path=/alertmanager'],
    Volumes: { '/alertmanager': {} },
    WorkingDir: '/alertmanager',
  },
};

/** https://github.com/prometheus/node_exporter */
export const nodeExporter: Recipe = {
  name: 'node-exporter',
  refs: ['docker.io/prom/node-exporter:v1.5.0', 'quay.io/prometheus/node-exporter:v1.5.0'],
  from: 'debian',
  config: {
    User: 'nobody',
    ExposedPorts: { '9100/tcp': {} },
    Env: [`PATH=${PATH}`],
    Entrypoint: ['/bin/node_exporter'],
  },
};

/** https://github.com/prometheus/blackbox_exporter */
export const blackboxExporter: Recipe = {
  name: 'blackbox-exporter',
  refs: [
    'docker.io/prom/blackbox-exporter:v0.23.0',
    'quay.io/prometheus/blackbox-exporter:v0.23.0',
  ],
  from: 'debian',
  config: {
    ExposedPorts: { '9115/tcp': {} },
    Env: [`PATH=${PATH}`],
    Entrypoint: ['/bin/blackbox_exporter'],
    Cmd: ['--config.file=/etc/blackbox_exporter/config.yml'],
  },
};

/** https://github.com/prometheus-community/postgres_exporter */
export const postgresExporter: Recipe = {
  name: 'postgres-exporter',
  refs: ['quay.io/prometheuscommunity/postgres-exporter:v0.11.1'],
  from: 'debian',
  config: {
    User: 'nobody',
    ExposedPorts: { '9187/tcp': {} },
    Env: [`PATH=${PATH}`],
    Entrypoint: ['/bin/postgres_exporter'],
  },
};

/** https://github.com/prometheus-community/elasticsearch_exporter */
export const elasticsearchExporter: Recipe = {
  name: 'elasticsearch-exporter',
  refs: ['quay.io/prometheuscommunity/elasticsearch-exporter:v1.5.0'],
  from: 'debian',
  config: {
    User: 'nobody',
    ExposedPorts: { '9114/tcp': {} },
    Env: [`PATH=${PATH}`],
    Entrypoint: ['/bin/elasticsearch_exporter'],
  },
};

/** https://github.com/prometheus/snmp_exporter */
export const snmpExporter: Recipe = {
  name: 'snmp-exporter',
  refs: ['docker.io/prom/snmp-exporter:v0.21.0', 'quay.io/prometheus/snmp-exporter:v0.21.0'],
  from: 'debian',
  config: {
    ExposedPorts: { '9116/tcp': {} },
    Env: [`PATH=${PATH}`],
    Entrypoint: ['/bin/snmp_exporter'],
    Cmd: ['--config.file=/etc/snmp_exporter/snmp.yml'],
  },
};

/**
 * https://github.com/grafana/grafana: what its start does to its directories, without the server.
 */
export const grafana: Recipe = {
  name: 'grafana',
  refs: ['docker.io/grafana/grafana:12'],
  from: 'debian',
  config: {
    User: '472',
    ExposedPorts: { '3000/tcp': {} },
    Env: [
      `PATH=/usr/share/grafana/bin:${PATH}`,
      'GF_PATHS_CONFIG=/etc/grafana/grafana.ini',
      'GF_PATHS_DATA=/var/lib/grafana',
      'GF_PATHS_HOME=/usr/share/grafana',
      'GF_PATHS_LOGS=/var/log/grafana',
      'GF_PATHS_PLUGINS=/var/lib/grafana/plugins',
      'GF_PATHS_PROVISIONING=/etc/grafana/provisioning',
    ],
    Entrypoint: ['/run.sh'],
    WorkingDir: '/usr/share/grafana',
  },
};
