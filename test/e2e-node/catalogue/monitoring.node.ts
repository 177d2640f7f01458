// What watches the others.

import { postgres } from '../images/recipes/data.ts';
import * as recipes from '../images/recipes/monitoring.ts';
import { describeCase, says, serves } from './harness.ts';

describeCase({
  recipe: recipes.prometheus,
  image: 'quay.io/prometheus/prometheus:v2.42.0',
  use: (cluster, pod) =>
    serves(
      cluster,
      pod,
      9090,
      '/api/v1/query?query=count_over_time(up%5B1h%5D)',
      /"job":"prometheus"\},"value":\[[\d.]+,"[1-9]/,
    ),
});

describeCase({
  recipe: recipes.alertmanager,
  image: 'quay.io/prometheus/alertmanager:v0.25.0',
  use: async (cluster, pod) => {
    const amtool = ['amtool', '--alertmanager.url=http://127.0.0.1:9093', 'silence'];
    const silence = ['--author=a', '--comment=c', 'alertname=quiet'];
    return (
      (await says(cluster, pod, [...amtool, 'add', ...silence], /^[\da-f-]{36}$/m)) ??
      (await says(cluster, pod, [...amtool, 'query'], /alertname="quiet"/))
    );
  },
});

describeCase({
  recipe: recipes.nodeExporter,
  image: 'quay.io/prometheus/node-exporter:v1.5.0',
  use: (cluster, pod) =>
    serves(cluster, pod, 9100, '/metrics', /^node_memory_MemTotal_bytes [1-9]/m),
});

describeCase({
  recipe: recipes.blackboxExporter,
  image: 'quay.io/prometheus/blackbox-exporter:v0.23.0',
  use: async (cluster, pod) => {
    const probe = (module: string, target: string): Promise<string | undefined> => {
      const path = `/probe?module=${module}&target=${encodeURIComponent(target)}`;
      return serves(cluster, pod, 9115, path, /^probe_success 1$/m);
    };
    return (
      (await probe('http_2xx', 'http://127.0.0.1:9115/metrics')) ??
      (await probe('tcp_connect', '127.0.0.1:9115'))
    );
  },
});

describeCase({
  recipe: recipes.postgresExporter,
  image: 'quay.io/prometheuscommunity/postgres-exporter:v0.11.1',
  container: {
    env: [
      {
        name: 'DATA_SOURCE_NAME',
        value: 'postgresql://postgres:secret@127.0.0.1:5432/postgres?sslmode=disable',
      },
    ],
  },
  beside: [
    {
      recipe: postgres,
      image: 'postgres:15',
      container: { env: [{ name: 'POSTGRES_PASSWORD', value: 'secret' }] },
    },
  ],
  use: (cluster, pod) => serves(cluster, pod, 9187, '/metrics', /^pg_up 1$/m),
});

describeCase({
  recipe: recipes.elasticsearchExporter,
  image: 'quay.io/prometheuscommunity/elasticsearch-exporter:v1.5.0',
  use: (cluster, pod) =>
    serves(cluster, pod, 9114, '/metrics', /^elasticsearch_exporter_build_info\{/m),
});

describeCase({
  recipe: recipes.snmpExporter,
  image: 'quay.io/prometheus/snmp-exporter:v0.21.0',
  use: (cluster, pod) => serves(cluster, pod, 9116, '/metrics', /^snmp_exporter_build_info\{/m),
});
