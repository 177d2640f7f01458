/** Makes a body that shows a fault smaller. */

/** How often it is tried: what is left is small enough to read. */
const attempts = 2_000;

/** The body, or one with fewer values of which `isSame` says that it shows the same. */
export function shrink(body: Buffer, isSame: (body: Buffer) => boolean): Buffer {
  let best = parse(body);
  if (best === undefined) return body;
  let left = attempts;
  for (let shrunk = true; shrunk && left > 0;) {
    shrunk = false;
    for (const candidate of smaller(best)) {
      if (left-- <= 0) break;
      if (!isSame(bytesOf(candidate))) continue;
      best = candidate;
      shrunk = true;
      break;
    }
  }
  const bytes = bytesOf(best);
  return isSame(bytes) ? bytes : body;
}

function parse(body: Buffer): unknown {
  try {
    return JSON.parse(body.toString('utf8'));
  } catch {
    return undefined;
  }
}

function bytesOf(value: unknown): Buffer {
  return Buffer.from(JSON.stringify(value));
}

/** Copies without one element or field each, the outer ones first. */
function* smaller(value: unknown): Generator {
  if (typeof value !== 'object' || value === null) return;
  if (Array.isArray(value)) {
    const list = value as readonly unknown[];
    for (const index of list.keys()) yield list.toSpliced(index, 1);
    for (const [index, each] of list.entries())
      for (const less of smaller(each)) yield list.with(index, less);
    return;
  }
  const entries = Object.entries(value);
  for (const [key] of entries) yield Object.fromEntries(entries.filter(([other]) => other !== key));
  for (const [key, each] of entries)
    for (const less of smaller(each))
      yield Object.fromEntries(entries.map(([name, held]) => [name, name === key ? less : held]));
}
