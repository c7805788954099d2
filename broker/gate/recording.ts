/**
 * The recording of one session: a folder with NDJSON segments and, at its end, a manifest.
 *
 *     {"type":"session", ...}      the first line: whose, under which grant, on what
 *     {"type":"intent", ...}       durable before the request is sent to the asset
 *     {"type":"operation", ...}    one for each PDU of the vendor's tool: what came of it, or why not
 *     {"type":"refusals", ...}     how many more were refused in one second than are told one by one
 *     {"type":"note", ...}         what else happened: bytes that are no Modbus, a connection that broke
 *
 * An intent without an operation of the same sequence is a request whose outcome nobody knows: the
 * broker died between the two.
 */
import { join } from 'node:path';
import type { Grant, Session } from '#broker/model/access.ts';
import type { RecordedOperation } from '#broker/model/recording.ts';
import { CHANGING } from '#sensor/model/operation.ts';
import { isoMicros, type Micros } from '#sensor/model/time.ts';
import { Journal, measureSegments, SEGMENT_BYTES, type Segment } from './journal.ts';
import { type Counts, writeManifest } from './manifest.ts';

export type IntentLine = Omit<RecordedOperation, 'session' | 'outcome' | 'decision'> & {
  /** `clientIp:port>serverIp:port#transaction`: where it is seen on the wire. */
  readonly key: string;
  /** Hex, as sent. */
  readonly pdu: string;
};

export interface RecordingParts {
  /** Folder of all recordings. */
  readonly root: string;
  readonly session: Session;
  readonly grant: Grant;
  readonly segmentBytes?: number;
}

export class Recording {
  readonly #folder: string;
  readonly #journal: Journal;
  readonly #session: string;
  readonly #counts = { allowed: 0, refused: 0, writes: 0 };
  #next = 0;
  #closed: Promise<string | undefined> | undefined;

  constructor({ root, session, grant, segmentBytes = SEGMENT_BYTES }: RecordingParts) {
    this.#folder = recordingFolder(root, session.id);
    this.#session = session.id;
    this.#journal = new Journal(this.#folder, segmentBytes);
    const { id, person, vendor, asset } = session;
    const { request, entry, policyVersion, operations, notAfter, graceUntil } = grant;
    void this.#line('session', {
      version: 1,
      session: id,
      startedAt: isoMicros(session.startedAt),
      grant: grant.id,
      request,
      person,
      vendor,
      asset,
      entry,
      policyVersion,
      allowed: operations,
      notAfter: isoMicros(notAfter),
      graceUntil: isoMicros(graceUntil),
    });
  }

  /** Why nothing more can be recorded. */
  get failure(): Error | undefined {
    return this.#journal.failure;
  }

  get counts(): Counts {
    return { ...this.#counts };
  }

  /** The position of the next operation; each is used once. */
  nextSequence(): number {
    return this.#next++;
  }

  /** True once it is durable. */
  intend(line: IntentLine): Promise<boolean> {
    return this.#line('intent', line);
  }

  /** Says what came of an operation, and counts it; true once it is durable. */
  tell(operation: RecordedOperation): Promise<boolean> {
    count(this.#counts, operation);
    return this.#line('operation', operation);
  }

  /** Counts refusals that are not told one by one; true once that is durable. */
  sum(at: Micros, text: string, refused: number): Promise<boolean> {
    this.#counts.refused += refused;
    return this.#line('refusals', { at: isoMicros(at), text, refused });
  }

  note(at: Micros, text: string): Promise<boolean> {
    return this.#line('note', { at: isoMicros(at), text });
  }

  /** Seals it. The sha-256 of its manifest, hex; undefined where not even that could be written. Idempotent. */
  close(at: Micros): Promise<string | undefined> {
    this.#closed ??= this.#close(at);
    return this.#closed;
  }

  async #close(at: Micros): Promise<string | undefined> {
    const written = await this.#journal.close();
    const { failure } = this.#journal;
    // What failed may have left bytes that nobody hashed.
    const segments = failure === undefined ? written : await measured(this.#folder);
    const manifest = {
      version: 1,
      session: this.#session,
      complete: failure === undefined,
      ...(failure === undefined ? {} : { because: failure.message }),
      sealedAt: isoMicros(at),
      operations: this.#next,
      counts: this.counts,
      segments,
    } as const;
    return writeManifest(this.#folder, manifest).catch(() => undefined);
  }

  #line(type: string, value: object): Promise<boolean> {
    return this.#journal.append(JSON.stringify({ type, ...value }));
  }
}

/** What cannot even be read is in no manifest, and so does not fit it. */
const measured = (folder: string): Promise<readonly Segment[]> =>
  measureSegments(folder).catch(() => []);

/** Session ids are hex behind a prefix (`broker/model/ids.ts`), so they are safe as names. */
export const recordingFolder = (root: string, session: Session['id']): string =>
  join(root, session);

export function count(
  counts: { allowed: number; refused: number; writes: number },
  { decision, kind, outcome }: Pick<RecordedOperation, 'decision' | 'kind' | 'outcome'>,
): void {
  counts[decision]++;
  const sent = decision === 'allowed' && outcome !== 'not-sent';
  if (sent && kind !== undefined && CHANGING.has(kind)) counts.writes++;
}
