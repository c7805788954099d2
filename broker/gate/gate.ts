/** The gate: the only way from a vendor to an asset. `broker/main.ts` makes one and closes it. */
import type { X509Certificate } from 'node:crypto';
import type { WebSocket } from 'ws';
import type { EndReason, Lock, Session } from '#broker/model/access.ts';
import type { SessionId } from '#broker/model/ids.ts';
import type { RecordedOperation } from '#broker/model/recording.ts';
import type { Plant } from '#policies/plant.ts';
import { type Clock, type Micros, micros } from '#sensor/model/time.ts';
import { serveControl } from './control.ts';
import { createDoorBook, type TurnAway } from './door-book.ts';
import type { GateActions } from './gate-actions.ts';
import { LastSeen } from './last-seen.ts';
import { type Door, type Listener, openListener } from './listener.ts';
import type { Counts } from './manifest.ts';
import { type NewestAsk, type NewestOperations, newestOperations } from './newest-operations.ts';
import { isSealed, readOperations } from './read-recording.ts';
import { recordingFolder } from './recording.ts';
import { recoverRecordings } from './recover-recordings.ts';
import { ANSWER_WITHIN_MS, Relay } from './relay.ts';
import { type Seal, SealMemory } from './seal.ts';
import { GateSession, LAST_ANSWER_WITHIN_MS } from './session.ts';
import { createSessionClock } from './session-clock.ts';
import type { StagedWatch } from './staged-watch.ts';
import { WritePlace } from './write-place.ts';

/** Connections of one session: tools open one or two, a few tools at once. */
export const MAX_TUNNELS = 8;

export interface GateParts {
  readonly listen: { readonly host: string; readonly port: number };
  /** From which assets are reached; one of the policy's `gates`, or nothing passes. */
  readonly address: string;
  /** PEM: the gate's own key, and its certificate with the authority behind it. */
  readonly tls: { readonly key: string; readonly cert: string };
  /** PEM. */
  readonly sessionAuthority: string;
  /** Why a client certificate does not count, by the session authority; undefined = it does. */
  readonly faultOf: (certificate: X509Certificate, now: Micros) => string | undefined;
  readonly thumbprintOf: (certificate: X509Certificate) => string;
  /** The session that a certificate names. */
  readonly sessionOf: (certificate: X509Certificate) => SessionId | undefined;
  readonly clock: Clock;
  /** µs since some instant; never goes back. */
  readonly monotonic: () => number;
  readonly plant: () => Plant | undefined;
  readonly locks: () => readonly Lock[];
  readonly staged: StagedWatch;
  readonly actions: GateActions;
  /** Folder of all recordings. */
  readonly recordings: string;
  readonly publish: (operation: RecordedOperation, session: Session) => void;
  /** Tells of a fault of ours. */
  readonly fault: (what: string, error: unknown) => void;
  /** ms within which an asset must answer. */
  readonly answerWithinMs?: number;
  /** ms after `notAfter` within which an asset must answer a write that was sent before. */
  readonly lastAnswerWithinMs?: number;
}

export interface Gate {
  /** Seals what a crash left open, then opens the door. Throws `listener`. */
  listen(): Promise<{ readonly port: number }>;
  /** Cuts a session that somebody ended; resolves when its recording is sealed. */
  endSession(id: SessionId, reason: EndReason, text?: string): Promise<void>;
  /** What passed until now in a session that is open here; undefined for any other. */
  counts(id: SessionId): Counts | undefined;
  /** Operations of a recording behind position `after`, oldest first. */
  operations(id: SessionId, after: number, limit: number): Promise<readonly RecordedOperation[]>;
  /** Whether the recording of a session is as it was sealed; undefined where the store has no seal of it. */
  seal(session: Session): Promise<Seal | undefined>;
  /** Operations of a recording from its end, the last first. */
  newestOperations(id: SessionId, ask: NewestAsk): Promise<NewestOperations>;
  /** Ends every session and closes the door. */
  close(): Promise<void>;
}

export function createGate(parts: GateParts): Gate {
  const { recordings, fault } = parts;
  const sessions = new Sessions(parts);
  const seals = new SealMemory();
  let listener: Listener | undefined;

  return {
    async listen() {
      await recover(parts);
      listener = await openListener({
        ...parts.listen,
        ...parts.tls,
        sessionAuthority: parts.sessionAuthority,
        admit: (door, certificate) => sessions.admit(door, certificate),
        fault,
      });
      return { port: listener.port };
    },
    endSession: (id, reason, text) => sessions.end(id, reason, text),
    counts: (id) => sessions.counts(id),
    operations: (id, after, limit) => readOperations(recordings, id, after, limit),
    seal: async ({ id, recording }) =>
      recording === undefined ? undefined : seals.check(recordingFolder(recordings, id), recording),
    newestOperations: (id, ask) => newestOperations(recordings, id, ask),
    async close() {
      await sessions.close();
      await listener?.close();
    },
  };
}

async function recover({ recordings, clock, actions, fault }: GateParts): Promise<void> {
  const isKnown = async (id: SessionId): Promise<boolean> =>
    (await actions.load(id))?.session.recording !== undefined;
  for (const found of await recoverRecordings(recordings, clock(), isKnown, fault)) {
    const { session, ...tallied } = found;
    await actions
      .end(session, 'broker-stopped', tallied)
      .catch((error: unknown) => fault(`sealing session ${session}`, error));
  }
}

type Admission = ((socket: WebSocket) => void) | string;

/** The sessions that have come to the gate and not yet ended. */
class Sessions {
  readonly #parts: GateParts;
  readonly #running = new Map<SessionId, GateSession>();
  readonly #loading = new Map<SessionId, Promise<GateSession | string>>();
  readonly #lastSeen = new Map<string, LastSeen>();
  readonly #writePlaces = new Map<string, WritePlace>();
  readonly #turnAway: TurnAway;
  #closed = false;

  constructor(parts: GateParts) {
    this.#parts = parts;
    const { clock, actions, fault } = parts;
    this.#turnAway = createDoorBook(clock, (id, because) => actions.turnedAway(id, because), fault);
  }

  async admit(door: Door, certificate: X509Certificate): Promise<Admission> {
    const { faultOf, sessionOf, clock } = this.#parts;
    const fault = faultOf(certificate, clock());
    const id = sessionOf(certificate);
    if (id === undefined) return 'the certificate does not count: it names no session';
    const admission =
      fault === undefined
        ? await this.#admit(door, id, certificate)
        : `the certificate does not count: ${fault}`;
    if (typeof admission === 'string') this.#turnAway(id, admission);
    return admission;
  }

  async #admit(door: Door, id: SessionId, certificate: X509Certificate): Promise<Admission> {
    const { thumbprintOf } = this.#parts;
    const thumbprint = thumbprintOf(certificate);
    const session = await this.#find(id, micros(certificate.validToDate.getTime() * 1000));
    if (typeof session === 'string') return session;
    if (session.ended || this.#closed) return 'the session has ended';
    if (!session.opensWith(thumbprint)) return 'the certificate is not the one of the session';
    return door === 'tunnel' ? this.#tunnel(session) : this.#control(session, thumbprint);
  }

  async end(id: SessionId, reason: EndReason, text?: string): Promise<void> {
    const session = this.#running.get(id) ?? (await this.#loading.get(id));
    if (typeof session === 'object') await session.end(reason, text);
  }

  counts(id: SessionId): Counts | undefined {
    return this.#running.get(id)?.counts;
  }

  async close(): Promise<void> {
    this.#closed = true;
    await Promise.all(this.#loading.values());
    await Promise.all([...this.#running.values()].map((session) => session.end('broker-stopped')));
  }

  #control(session: GateSession, thumbprint: string): Admission {
    const { monotonic } = this.#parts;
    return (socket) => serveControl(socket, session, thumbprint, () => monotonic() / 1000);
  }

  #tunnel(session: GateSession): Admission {
    const { address, plant, answerWithinMs = ANSWER_WITHIN_MS } = this.#parts;
    const asset = session.asset();
    if (asset === undefined) return 'the policy gives this asset no Modbus service';
    if (plant()?.gates.includes(address) !== true) return 'this gate is not one of the policy';
    if (session.connections >= MAX_TUNNELS) {
      return `${MAX_TUNNELS} connections of one session are all that is allowed`;
    }
    return (vendor) => {
      // Others may have come while this one was being admitted.
      if (session.ended || session.connections >= MAX_TUNNELS) vendor.terminate();
      else {
        session.attach(
          new Relay({ vendor, session, asset, localAddress: address, answerWithinMs }),
        );
      }
    };
  }

  /** Loads a session once, however many connections come with it at the same time. */
  async #find(id: SessionId, certificateUntil: Micros): Promise<GateSession | string> {
    const running = this.#running.get(id);
    if (running !== undefined) return running;
    const loading = this.#loading.get(id);
    if (loading !== undefined) return loading;
    const started = this.#start(id, certificateUntil);
    this.#loading.set(id, started);
    try {
      return await started;
    } finally {
      this.#loading.delete(id);
    }
  }

  async #start(id: SessionId, certificateUntil: Micros): Promise<GateSession | string> {
    const loaded = await this.#parts.actions.load(id);
    if (loaded === undefined) return 'there is no such session';
    const { session, grant } = loaded;
    // Sealed, but its end could not be stored before the broker stopped: it has ended all the same.
    const sealed = await isSealed(this.#parts.recordings, id);
    if (session.state === 'ended' || sealed) return 'the session has ended';
    const { lastAnswerWithinMs = LAST_ANSWER_WITHIN_MS } = this.#parts;
    const started = new GateSession({
      ...this.#parts,
      lastAnswerWithinMs,
      session,
      grant,
      certificateUntil,
      // Its own: what sets the clock wrong under one session does not follow into the next.
      now: createSessionClock(this.#parts.clock, this.#parts.monotonic),
      lastSeen: this.#lastSeenOf(session.asset),
      writePlace: this.#writePlaceOf(session.asset),
      onEnded: () => this.#running.delete(id),
    });
    this.#running.set(id, started);
    return started;
  }

  #writePlaceOf(asset: string): WritePlace {
    const known = this.#writePlaces.get(asset) ?? new WritePlace();
    this.#writePlaces.set(asset, known);
    return known;
  }

  #lastSeenOf(asset: string): LastSeen {
    const known = this.#lastSeen.get(asset) ?? new LastSeen();
    this.#lastSeen.set(asset, known);
    return known;
  }
}
