/** Ports below 1024, which want NET_BIND_SERVICE; it does nothing for a user other than root. */

export interface Binding {
  /** Undefined where the line does not say which. */
  readonly port: number | undefined;
}

const bindingWord = /\b(?:bind|listen|make_sock)|SocketException \(13\)/i;
/** Without an address these alone say that it is about one. */
const surely =
  /\bbind\(\)|\bbind: |\bcannot bind\b|\bcould not bind\b|BindException|SocketException \(13\)|\bbind(?:ing)? to (?:address|port)\b/i;

/** A socket in the file system has a path, and no port. */
const socketFile = /\bunix\b|\.sock(?:et)?\b/i;

/**
 * An address with a port: `0.0.0.0:80`, `[::]:443`, `*:80`, ` :80`, `('0.0.0.0', 80)`, `port 53`,
 * `tcp web.local:80`. A file with a line number is none.
 */
const addresses: readonly RegExp[] = [
  /(?:\d{1,3}(?:\.\d{1,3}){3}|\]|::|\*|\blocalhost|[\s(["'=])[:#](\d{1,5})(?![\d.])/,
  /['"](?:\d{1,3}(?:\.\d{1,3}){3}|[:\da-f]{0,39})['"], (\d{1,5})\b/,
  /\bport[ =:]{1,3}(\d{1,5})\b/i,
  /\b(?:tcp|udp|tcp4|tcp6|http|https)[ :/]{1,3}[\w.-]{0,253}:(\d{1,5})(?![\d.])/i,
];

/** Undefined for a line that is about no port, or about one that everybody may use. */
export function lowPortIn(text: string): Binding | undefined {
  if (!bindingWord.test(text) || socketFile.test(text)) return undefined;
  const ports = addresses.flatMap((expression) => {
    const port = expression.exec(text)?.[1];
    return port === undefined || Number(port) > 65_535 ? [] : [Number(port)];
  });
  const low = ports.find((port) => port > 0 && port < 1024);
  if (low !== undefined) return { port: low };
  return ports.length === 0 && surely.test(text) ? { port: undefined } : undefined;
}
