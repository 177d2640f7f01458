/** What must hold of whatever is sent. */
import { isDeepStrictEqual } from 'node:util';
import { hasAtMost, reviewText } from '../../src/admission/review-text.ts';
import { review, textOfResponse } from '../../src/admission/answer-review.ts';
import { defaultPolicy } from '../../src/core/context/context.ts';
import { applyPatch } from '../../src/core/patch.ts';
import { valuesIn } from '../admission/reviews.ts';
import type { Route } from '../../src/admission/routes.ts';
import type { Catalogue } from '../../src/core/catalogue/match/catalogue.ts';
import type { Operation } from '../../src/core/patch.ts';

/** Answers the body as the server does; with nothing for what it refuses as no JSON. */
export function answer(body: Buffer, route: Route, catalogue: Catalogue): unknown {
  const text = reviewText(body);
  hasAtMost(1_000, text);
  const parsed = parse(text);
  if (parsed === undefined) return undefined;
  const result = review(parsed.value, route, catalogue, defaultPolicy);
  if (result.outcome === 'unreadable') return undefined;
  return JSON.parse(textOfResponse(result.response));
}

/** Why the answer to the body is not right; nothing where it is. */
export function faultOf(body: Buffer, route: Route, catalogue: Catalogue): string | undefined {
  try {
    return textFault(body) ?? answerFault(body, route, catalogue);
  } catch (error) {
    return `threw ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`;
  }
}

function textFault(body: Buffer): string | undefined {
  const whole = parse(body.toString('utf8'));
  if (whole === undefined) return undefined;
  const text = reviewText(body);
  const read = parse(text);
  if (read === undefined) return 'without managed fields it is no JSON any more';
  if (!isDeepStrictEqual(withoutManagedFields(read.value), withoutManagedFields(whole.value))) {
    return 'without managed fields it is another value';
  }
  // What stands twice is counted twice, and parsed once.
  const values = valuesIn(read.value);
  if (values > 0 && hasAtMost(values - 1, text))
    return `has ${values} values, which are not counted`;
  return undefined;
}

function withoutManagedFields(value: unknown): unknown {
  return JSON.parse(
    JSON.stringify(value, (key, held: unknown) =>
      key === 'managedFields' && Array.isArray(held) ? [] : held,
    ),
  );
}

interface Response {
  readonly response: {
    readonly allowed: boolean;
    readonly patch?: string;
    readonly warnings?: readonly string[];
  };
}

function answerFault(body: Buffer, route: Route, catalogue: Catalogue): string | undefined {
  const answered = answer(body, route, catalogue) as Response | undefined;
  if (answered === undefined) return undefined;
  const { allowed, patch, warnings } = answered.response;
  if (!allowed && route.mode !== 'enforce') return `${route.mode} refuses`;
  const sent = parse(reviewText(body))?.value as {
    readonly request: Readonly<Record<string, unknown>>;
  };
  const { resource } = sent.request['resource'] as { readonly resource: string };
  if (resource !== 'pods' && !allowed) return 'a workload is refused';
  if (resource !== 'pods' && patch !== undefined) return 'a workload is patched';
  for (const warning of warnings ?? []) {
    if (Buffer.byteLength(warning) > 256 || /\p{Cc}/u.test(warning)) return 'a warning is lost';
  }
  if (patch === undefined) return undefined;
  if (route.mode !== 'enforce') return `${route.mode} patches`;
  const operations = JSON.parse(Buffer.from(patch, 'base64').toString('utf8')) as Operation[];
  const object = applyPatch(sent.request['object'], operations);
  const again = Buffer.from(JSON.stringify({ ...sent, request: { ...sent.request, object } }));
  const second = answer(again, route, catalogue) as Response | undefined;
  if (second === undefined) return 'what was patched is no pod';
  if (!second.response.allowed) return 'what was patched is refused';
  if (second.response.patch === undefined) return undefined;
  return `a second pass patches ${Buffer.from(second.response.patch, 'base64').toString('utf8').slice(0, 500)}`;
}

function parse(text: string): { readonly value: unknown } | undefined {
  try {
    return { value: JSON.parse(text) as unknown };
  } catch {
    return undefined;
  }
}
