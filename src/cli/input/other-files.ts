/**
 * What people point the tool at beside manifests: each gets one sentence, in place of what a parser
 * of YAML makes of it.
 */
import { basename, extname } from 'node:path';
import { isObject } from '../../core/values/json.ts';
import type { Place } from '../../core/values/result.ts';

/** A sentence about a file, with its place in it. */
export type Remark = Pick<Place, 'line' | 'column'> & { readonly message: string };

/** What bytes are that are no UTF-8 text; undefined where nothing is known of them. */
export function binaryKind(bytes: Uint8Array): string | undefined {
  const [first, second] = bytes;
  if (first === 0x1f && second === 0x8b) {
    return 'is compressed by gzip: unpack it first, and render a chart with `helm template`';
  }
  if (first === 0x50 && second === 0x4b) return 'is a zip archive: unpack it first';
  if (utf16Of(bytes) !== undefined) {
    return 'is UTF-16 text: save it as UTF-8 (PowerShell: `Out-File -Encoding utf8`)';
  }
  return bytes.subarray(0, 8192).includes(0) ? 'is binary, not text' : undefined;
}

/** The encoding of UTF-16 that a byte order mark says, which PowerShell writes. */
export function utf16Of([first, second]: Uint8Array): 'utf-16le' | 'utf-16be' | undefined {
  if (first === 0xff && second === 0xfe) return 'utf-16le';
  return first === 0xfe && second === 0xff ? 'utf-16be' : undefined;
}

/** What a text is that is no YAML, or no manifest; undefined where nothing is known of it. */
export function otherText(text: string, name: string): Remark | undefined {
  const helm = templateLine(text);
  if (helm !== undefined) {
    const message =
      'This looks like a Helm template: render it first, for example with `helm template`.';
    return { line: helm, message };
  }
  const message = otherKind(text, basename(name));
  return message === undefined ? undefined : { message };
}

function otherKind(text: string, name: string): string | undefined {
  const start = text.slice(0, 4096).replace(/^\uFEFF?\s*/, '');
  const code = codeLines(start);
  if (/^(?:Dockerfile|Containerfile)(?:\..*)?$|\.dockerfile$/i.test(name) || isDockerfile(code)) {
    return 'This is a Dockerfile, not a Kubernetes manifest: Lithopod reads the manifest that runs its image.';
  }
  if (start.startsWith('#!')) return 'This is a script, not a Kubernetes manifest.';
  if (/^<(?:!doctype|!--|\?xml|[a-z])/i.test(start)) {
    return 'This is HTML or XML, not a Kubernetes manifest: was an error page saved?';
  }
  if (/^(?:NAMESPACE +)?NAME +[A-Z][A-Z ()-]*$/.test(firstLine(start))) {
    return "This is kubectl's table, not a manifest: call kubectl with `-o yaml`.";
  }
  if (/^\.(?:md|markdown)$/i.test(extname(name)) || isMarkdown(text)) {
    return 'This is Markdown, not a Kubernetes manifest: take the manifest out of its code block.';
  }
  return text.slice(0, 8192).includes('\0') ? 'This is binary, not text.' : undefined;
}

function firstLine(text: string): string {
  return /^.*/.exec(text)?.[0] ?? '';
}

function codeLines(text: string): readonly string[] {
  return text.split('\n').filter((line) => !/^\s*(?:#|$)/.test(line));
}

function isDockerfile(lines: readonly string[]): boolean {
  const [first = ''] = lines;
  return /^(?:ARG|FROM) /i.test(first) && lines.some((line) => /^FROM +[^\s:=]/i.test(line));
}

function isMarkdown(text: string): boolean {
  return /^```/m.test(text) && /^(?:#{1,6} |[-*] |\[)/m.test(text);
}

/**
 * The line of the first action of a Go template that makes the text no YAML: one that begins a line
 * or a value. Inside of a quoted text or a block it is YAML.
 */
function templateLine(text: string): number | undefined {
  if (!text.includes('{{')) return undefined;
  const index = text
    .split('\n')
    .findIndex((line) => /^(?:- +)?(?:[\w./-]+: +)?\{\{/.test(line.trimStart()));
  return index === -1 ? undefined : index + 1;
}

/** What a document is that is no Kubernetes object. */
export interface OtherDocument {
  /** What follows the file's name in a sentence. */
  readonly is: string;
  /** It has containers, which are not looked into. */
  readonly hasContainers: boolean;
}

/** What a document is that is no Kubernetes object, though it is known. */
export function otherDocument(value: unknown, name: string): OtherDocument | undefined {
  const { kind } = (isObject(value) ? value : {}) as { readonly kind?: unknown };
  if (
    isObject(value) &&
    kind === undefined &&
    value['apiVersion'] === undefined &&
    isCompose(value)
  ) {
    const is = 'is a Compose file, not a Kubernetes manifest: `lithopod compose` hardens those';
    return { is, hasContainers: true };
  }
  const is = withoutContainers(value, name);
  return is === undefined ? undefined : { is, hasContainers: false };
}

function withoutContainers(value: unknown, name: string): string | undefined {
  const file = basename(name).toLowerCase();
  if (Array.isArray(value)) {
    return value.every((each) => isObject(each) && 'op' in each && 'path' in each)
      ? 'is a JSON patch, not a Kubernetes manifest: apply it first, for example with `kubectl kustomize`'
      : 'is a list, not a Kubernetes object: make it a `kind: List` with `items`';
  }
  if (!isObject(value)) return undefined;
  const { apiVersion, kind } = value as { readonly apiVersion?: unknown; readonly kind?: unknown };
  const isKustomize =
    typeof apiVersion === 'string' && apiVersion.startsWith('kustomize.config.k8s.io/');
  if (isKustomize || (kind === undefined && /^kustomization(?:\.ya?ml)?$/.test(file))) {
    return 'is for kustomize, which makes manifests of it: pipe in what `kubectl kustomize DIRECTORY` prints';
  }
  if (kind !== undefined) return undefined;
  return file === 'chart.yaml' && typeof apiVersion === 'string'
    ? 'describes a Helm chart: pipe in what `helm template` prints'
    : undefined;
}

function isCompose({ services }: Readonly<Record<string, unknown>>): boolean {
  if (!isObject(services)) return false;
  const all = Object.values(services).filter(isObject);
  return all.some((service) => ['image', 'build', 'extends'].some((key) => key in service));
}
