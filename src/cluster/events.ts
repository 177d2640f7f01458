/** A pod's events, from which `explain` shows why it does not run. */
import { z } from 'zod';

export interface PodEvent {
  readonly type: string;
  readonly reason: string;
  readonly message: string;
  readonly count: number;
  /** Absent for an event of the pod as a whole. */
  readonly container?: string;
}

const text = z.string().catch('');
const event = z.object({
  type: text,
  reason: text,
  message: text,
  count: z.number().nullish().catch(undefined),
  series: z.object({ count: z.number() }).nullish().catch(undefined),
  lastTimestamp: z.string().nullish().catch(undefined),
  eventTime: z.string().nullish().catch(undefined),
  involvedObject: z.object({ fieldPath: z.string().nullish() }).catch({ fieldPath: undefined }),
  metadata: z
    .object({ creationTimestamp: z.string().nullish() })
    .catch({ creationTimestamp: undefined }),
});
type ApiEvent = z.output<typeof event>;

const eventList = z.object({ items: z.array(event).catch([]) }).catch({ items: [] });

/** Reads the events of an EventList, oldest first. Accepts any value. */
export function eventsOf(list: unknown): readonly PodEvent[] {
  const { items } = eventList.parse(list);
  return items.sort((a, b) => (timeOf(a) < timeOf(b) ? -1 : 1)).map(toEvent);
}

function timeOf({ lastTimestamp, eventTime, metadata }: ApiEvent): string {
  return lastTimestamp ?? eventTime ?? metadata.creationTimestamp ?? '';
}

function toEvent({ type, reason, message, count, series, involvedObject }: ApiEvent): PodEvent {
  // `spec.containers{web}` (kubernetes v1.34 pkg/kubelet/container/ref.go).
  const container = /\{([^{}]+)\}$/.exec(involvedObject.fieldPath ?? '')?.[1];
  return {
    type,
    reason,
    message,
    count: series?.count ?? count ?? 1,
    ...(container !== undefined && { container }),
  };
}
