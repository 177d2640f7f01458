/**
 * A bare webhook, which works nothing out: what it costs the API server to ask at all.
 *
 *   null-webhook.ts PORT FOLDER [URL]
 *
 * Without a URL it allows everything and changes nothing. With one it asks there once, and answers
 * every review with the patch of that answer: what it costs to ask, and to apply that patch.
 */
import { readFileSync } from 'node:fs';
import { Agent, createServer, request } from 'node:https';
import { text } from 'node:stream/consumers';

const [, , port, folder, url] = process.argv;
const file = (name: string): Buffer => readFileSync(`${folder ?? '.'}/certs/${name}`);

interface Review {
  readonly request: { readonly uid: string };
}

let patch: Promise<string | undefined> | undefined;

function ask(where: string, body: string): Promise<string | undefined> {
  return new Promise((resolve, reject) => {
    request(where, {
      method: 'POST',
      agent: new Agent({ rejectUnauthorized: false }),
      headers: { 'Content-Type': 'application/json' },
    })
      .on('error', reject)
      .on('response', (response) => {
        void text(response).then((answer) => {
          const { response: given } = JSON.parse(answer) as { response: { patch?: string } };
          resolve(given.patch);
        }, reject);
      })
      .end(body);
  });
}

createServer(
  { cert: file('tls.crt'), key: file('tls.key'), keepAliveTimeout: 120_000 },
  (incoming, response) => {
    const chunks: Buffer[] = [];
    incoming.on('data', (chunk: Buffer) => chunks.push(chunk));
    incoming.on('end', () => {
      const body = Buffer.concat(chunks).toString();
      const { uid } = (JSON.parse(body) as Review).request;
      if (url !== undefined) patch ??= ask(url, body);
      void (patch ?? Promise.resolve(undefined)).then((same) => {
        const answer = {
          apiVersion: 'admission.k8s.io/v1',
          kind: 'AdmissionReview',
          response: {
            ...{ uid, allowed: true },
            ...(same !== undefined && { patchType: 'JSONPatch', patch: same }),
          },
        };
        response.writeHead(200, { 'Content-Type': 'application/json' });
        response.end(JSON.stringify(answer));
      });
    });
  },
).listen(Number(port), '127.0.0.1');
