/**
 * Names of flows, so that all lines of one connection are found together: Zeek's uid, Suricata's flow id, and
 * the Community ID that both share. Uid and flow id come of the flow's ends and its start: the same capture
 * read twice gives the same names.
 */
import { createHash } from 'node:crypto';
import type { Exchange } from '#sensor/model/event.ts';
import type { FlowOpening, FlowRecord } from '#sensor/model/flow.ts';
import type { Endpoint, Protocol } from '#sensor/model/net.ts';
import { communityId } from './community-id.ts';

/** Bytes of the hash in a uid: 96 bits, as Zeek's has. */
const UID_BYTES = 12;
/** Of a flow id: 48 bits, so that it is exact in every JSON reader. */
const FLOW_ID_BYTES = 6;

const DIGITS = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';

/** What is known of one flow while it is written about. */
export interface FlowNote {
  readonly uid: string;
  readonly flowId: number;
  readonly communityId: string | undefined;
  readonly vlan: number | undefined;
  /** What was understood of it. */
  protocol: Protocol | undefined;
  /** Exchanges that were written of it. */
  exchanges: number;
  /** A rule found something in it. */
  alerted: boolean;
}

export class FlowBook {
  /** By both endpoints, of which there are two objects for each connection. */
  readonly #notes = new WeakMap<Endpoint, FlowNote>();

  opened(opening: FlowOpening): void {
    const note = noteOf(opening);
    for (const end of opening.ends) this.#notes.set(end, note);
  }

  /** Of the connection that an event with this client is of; undefined for what is of none. */
  of(client: Endpoint): FlowNote | undefined {
    return this.#notes.get(client);
  }

  /** Takes note of an exchange that is going to be written. */
  exchange({ client, protocol }: Exchange): void {
    const note = this.#notes.get(client);
    if (note === undefined) return;
    note.protocol = protocol;
    note.exchanges++;
  }

  /** Of a flow that is over, also one whose bytes nobody could read. */
  ended({ transport, startedAt, vlan, originator, responder }: FlowRecord): FlowNote {
    const ends = [originator.endpoint, responder.endpoint] as const;
    return (
      this.#notes.get(ends[0]) ??
      noteOf({ transport, startedAt, ends, ...(vlan === undefined ? {} : { vlan }) })
    );
  }
}

function noteOf({ transport, startedAt, vlan, ends }: FlowOpening): FlowNote {
  const [first, second] = ends;
  const hash = createHash('sha256')
    .update([transport, startedAt, vlan, first.ip, first.port, second.ip, second.port].join(' '))
    .digest();
  return {
    uid: `C${base62(hash.subarray(0, UID_BYTES))}`,
    flowId: hash.readUIntBE(UID_BYTES, FLOW_ID_BYTES),
    communityId: communityId(transport, first, second),
    vlan,
    protocol: undefined,
    exchanges: 0,
    alerted: false,
  };
}

/** A link id of 16 letters, as ICSNPP has them, for the `index`th thing that is written of a flow. */
export function linkId(uid: string, index: number): string {
  const hash = createHash('sha256').update(`${uid} ${index}`).digest();
  return base62(hash.subarray(0, UID_BYTES)).padEnd(16, '0').slice(0, 16);
}

function base62(bytes: Buffer): string {
  let rest = BigInt(`0x${bytes.toString('hex')}`);
  let text = '';
  for (; rest > 0n; rest /= 62n) text = `${DIGITS[Number(rest % 62n)]}${text}`;
  return text;
}
