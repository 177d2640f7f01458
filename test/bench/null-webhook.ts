/**
 * A webhook that allows everything and changes nothing: what it costs the API server to ask at all.
 */
import { readFileSync } from 'node:fs';
import { createServer } from 'node:https';

const [, , port, folder] = process.argv;
const file = (name: string): Buffer => readFileSync(`${folder ?? '.'}/certs/${name}`);

createServer(
  { cert: file('tls.crt'), key: file('tls.key'), keepAliveTimeout: 120_000 },
  (request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const { request: asked } = JSON.parse(Buffer.concat(chunks).toString()) as {
        request: { uid: string };
      };
      const answer = {
        apiVersion: 'admission.k8s.io/v1',
        kind: 'AdmissionReview',
        response: { uid: asked.uid, allowed: true },
      };
      response.writeHead(200, { 'Content-Type': 'application/json' });
      response.end(JSON.stringify(answer));
    });
  },
).listen(Number(port), '127.0.0.1');
