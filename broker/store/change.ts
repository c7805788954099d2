/** What every adapter holds of a change before it applies it. A change that fails here is a bug of the caller. */
import type { AuditEvent } from '#broker/model/audit.ts';
import { BrokerError } from '#broker/model/broker-error.ts';
import { canonical } from '#broker/model/canonical.ts';
import type { Change, Write } from './store.ts';

/** Twice what one message of a sensor holds (`MAX_LINK_ITEMS`). */
const MAX_WRITES = 1000;
/** One action has one leaf, or one for each thing that it ended. */
const MAX_LEAVES = 1000;
/** An event names what happened; what is larger belongs into a noun, and its hash into the event. */
const MAX_LEAF_CHARS = 64 * 1024;

/** What sensors tell by itself, many times a minute: nobody acted. */
const UNAUDITED: ReadonlySet<Write['noun']> = new Set(['alert', 'asset', 'sensor']);

/** The texts of the leaves, in order. Throws `store` where the change may not be applied. */
export function leavesOf({ writes, audit }: Change): readonly string[] {
  if (writes.length > MAX_WRITES || audit.length > MAX_LEAVES) {
    throw refused(
      `${writes.length} writes and ${audit.length} leaves are more than one change holds`,
    );
  }
  const unaudited = writes.find(({ noun }) => !UNAUDITED.has(noun));
  if (audit.length === 0 && unaudited !== undefined) {
    throw refused(`${unaudited.noun} \`${unaudited.put.id}\` would change without an audit leaf`);
  }
  for (const { noun, put, expected } of writes) {
    if (put.version !== expected + 1) {
      throw refused(`${noun} \`${put.id}\` has version ${put.version} after ${expected}`);
    }
  }
  return audit.map((event) => {
    const leaf = textOf(event);
    if (leaf.length > MAX_LEAF_CHARS) {
      throw refused(
        `leaf \`${event.action}\` of \`${event.subject}\` is ${leaf.length} characters`,
      );
    }
    return leaf;
  });
}

function textOf(event: AuditEvent): string {
  try {
    return canonical(event);
  } catch (error) {
    throw refused(`leaf \`${event.action}\` of \`${event.subject}\` is not plain data`, error);
  }
}

const refused = (why: string, cause?: unknown): BrokerError =>
  new BrokerError('store', `change refused: ${why}`, { cause });
