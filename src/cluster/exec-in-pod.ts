/** Runs a command in a container of a pod, as kubectl exec does. */
import { Writable } from 'node:stream';
import { Exec } from '@kubernetes/client-node';
import { failure, success } from '../core/values/result.ts';
import { messageOf } from '../error.ts';
import type { V1Status } from '@kubernetes/client-node';
import type { Connection } from './kubeconfig.ts';
import type { ClusterProblem, ClusterResult } from './request.ts';

/** Where to run what. */
export interface ExecRequest {
  readonly namespace: string;
  readonly pod: string;
  readonly container: string;
  readonly command: readonly string[];
  readonly timeoutMs: number;
}

/** What the command printed. It may have failed. */
export interface ExecOutput {
  readonly stdout: string;
  readonly stderr: string;
}

/** The listing of a million files has about as much. */
const maxBytes = 128 * 1024 * 1024;

/**
 * Runs the command without input. The kind of a problem is `forbidden` where a right is missing,
 * `refused` where the container has no such program or the command did not end in time, and
 * `too-large` where it prints more than is read.
 */
export async function execInPod(
  { config, server }: Connection,
  { namespace, pod, container, command, timeoutMs }: ExecRequest,
): Promise<ClusterResult<ExecOutput>> {
  const stdout = new Collected();
  const stderr = new Collected();
  const fails = (kind: ClusterProblem['kind'], message: string): ClusterResult<ExecOutput> =>
    failure<ClusterProblem>({ kind, message });
  const where = `the container "${container}" of pod "${pod}"`;
  return new Promise((resolve) => {
    let isDone = false;
    let end = (): void => undefined;
    const timer = setTimeout(() => {
      finish(fails('refused', `the command in ${where} did not end within ${timeoutMs / 1000} s`));
    }, timeoutMs);
    const finish = (result: ClusterResult<ExecOutput>): void => {
      isDone = true;
      clearTimeout(timer);
      end();
      resolve(result);
    };
    const full = (): void => {
      finish(fails('too-large', `the command in ${where} prints more than ${maxBytes} bytes`));
    };
    stdout.on('error', full);
    stderr.on('error', full);
    const ended = (status: V1Status): void => {
      // A command that ended with another code than 0 has printed all the same.
      const isCode = status.reason === 'NonZeroExitCode';
      const message = `no command can be run in ${where}: ${status.message ?? ''}`;
      finish(
        status.status === 'Success' || isCode
          ? success({ stdout: stdout.text(), stderr: stderr.text() })
          : fails('refused', message),
      );
    };
    // The order of the streams is that of the library: no input, no terminal.
    new Exec(config)
      .exec(
        inPath(namespace),
        inPath(pod),
        container,
        [...command],
        stdout,
        stderr,
        null,
        false,
        ended,
      )
      .then((opened: unknown) => {
        const socket = opened as Socket;
        end = () => {
          socket.terminate();
        };
        if (isDone) end();
        socket.addEventListener('close', () => {
          finish(fails('unreachable', `the connection to ${where} ended before the command`));
        });
      })
      .catch((error: unknown) => {
        const said = reasonOf(error);
        const [, status] = /^Unexpected server response: (\d{3})$/.exec(said) ?? [];
        if (status === '403') {
          finish(
            fails(
              'forbidden',
              `may not run a command in pod "${pod}": a Role of the namespace "${namespace}" has to allow the verbs "create" and "get" on "pods/exec"`,
            ),
          );
        } else
          finish(fails('unreachable', `no command can be run in ${where}, by ${server}: ${said}`));
      });
  });
}

/** Of the library that the client brings, whose types are not among its own. */
interface Socket {
  readonly terminate: () => void;
  readonly addEventListener: (event: 'close', listener: () => void) => void;
}

/** The library puts names into the path as they are. */
const inPath = encodeURIComponent;

/** A web socket that cannot be opened gives an event, which is no error. */
function reasonOf(error: unknown): string {
  const { message } = (error ?? {}) as { readonly message?: unknown };
  return typeof message === 'string' ? message : messageOf(error);
}

/** Keeps what is written, up to the limit. */
class Collected extends Writable {
  private readonly chunks: Buffer[] = [];
  private size = 0;

  text(): string {
    return Buffer.concat(this.chunks).toString('utf8');
  }

  override _write(chunk: Buffer, _encoding: string, done: (error?: Error) => void): void {
    this.size += chunk.length;
    if (this.size > maxBytes) {
      done(new Error('too large'));
      return;
    }
    this.chunks.push(chunk);
    done();
  }
}
