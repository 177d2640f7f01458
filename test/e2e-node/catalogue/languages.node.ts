// The images that programs of a language are built on.

import { busybox } from '../images/recipes/base.ts';
import * as recipes from '../images/recipes/languages.ts';
import { describeCase, logs, says } from './harness.ts';
import { temporaryFileInJava } from './java-program.ts';

describeCase({
  recipe: busybox,
  image: 'busybox',
  container: { command: ['sh', '-c', 'cat <<E\nhere\nE\nsleep 100000'] },
  use: (cluster, pod) => says(cluster, pod, ['sh', '-c', 'echo a > /tmp/a; cat /tmp/a'], /^a$/m),
});

describeCase({
  recipe: recipes.ruby,
  image: 'ruby:3.1',
  container: {
    command: ['ruby', '-rtempfile', '-e'],
    args: ['$stdout.sync = true; Tempfile.create("x") { |f| puts "made #{f.path}" }; sleep'],
  },
  use: (cluster, pod) => logs(cluster, pod, /^made \/tmp\/x/m),
});

describeCase({
  recipe: recipes.python,
  image: 'python:3.11',
  container: {
    command: ['python', '-u', '-c'],
    args: [
      'import tempfile, time\nwith tempfile.NamedTemporaryFile() as f: print("made", f.name)\ntime.sleep(100000)',
    ],
  },
  use: (cluster, pod) => logs(cluster, pod, /^made \/tmp\//m),
});

describeCase({
  recipe: recipes.temurin,
  image: 'eclipse-temurin:17',
  ...temporaryFileInJava,
});

describeCase({
  recipe: recipes.node,
  image: 'node',
  container: {
    command: ['node', '-e'],
    args: [
      'const fs = require("fs"); console.log("made " + fs.mkdtempSync(require("os").tmpdir() + "/x")); setInterval(() => 0, 1e6)',
    ],
  },
  use: (cluster, pod) => logs(cluster, pod, /^made \/tmp\/x/m),
});

describeCase({
  recipe: recipes.phpFpm,
  image: 'php:8.2-fpm',
  files: {
    at: '/var/www/html',
    data: {
      'index.php':
        '<?php $f = tempnam(sys_get_temp_dir(), "x"); file_put_contents($f, "kept"); echo $f, " ", file_get_contents($f);',
    },
  },
  use: (cluster, pod) => {
    const request = 'SCRIPT_FILENAME=/var/www/html/index.php REQUEST_METHOD=GET';
    const ask = `${request} cgi-fcgi -bind -connect 127.0.0.1:9000`;
    return says(cluster, pod, ['sh', '-c', ask], /^\/tmp\/x\w+ kept$/m);
  },
});
