/**
 * The broker, put together: store, keys, policy, gate, listeners, and what is done again and again.
 * Everything below takes what it needs as plain parameters; this is where they come from.
 */
import { createHash, createPublicKey } from 'node:crypto';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { ActiveLocks } from '#broker/actions/active-locks.ts';
import type { ActionContext } from '#broker/actions/context.ts';
import { expire } from '#broker/actions/expire.ts';
import { joinOperations } from '#broker/actions/join-operations.ts';
import { endStranded, reviewSessions } from '#broker/actions/review-sessions.ts';
import { createEvidence } from '#broker/api/evidence.ts';
import { createLive, HEARTBEAT_MS, type Live } from '#broker/api/live.ts';
import { createPolicyStanding } from '#broker/api/policy-standing.ts';
import { type Audit, openAudit } from '#broker/audit/open.ts';
import type { ListenAddress } from '#broker/config.ts';
import type { Gate } from '#broker/gate/gate.ts';
import type { StagedWatch } from '#broker/gate/staged-watch.ts';
import { issueServerCertificate } from '#broker/identity/authority.ts';
import { createEnrolments } from '#broker/identity/enrolment.ts';
import { openSqliteStore } from '#broker/store/sqlite/open.ts';
import type { Store, Write } from '#broker/store/store.ts';
import { shippedPeople } from '#policies/people.ts';
import type { Plant } from '#policies/plant.ts';
import { zonesAround } from '#policies/zones.ts';
import type { Clock } from '#sensor/model/time.ts';
import { certificateNames } from './addresses.ts';
import type { BrokerParts } from './broker-parts.ts';
import { clockAfter } from './clock.ts';
import { closeDoors, openDoors } from './doors.ts';
import { makeGate } from './gate.ts';
import { type Keys, openKeys } from './keys.ts';
import { followPolicyFile, type InForce, lastApplied, watchStaged } from './policy-in-force.ts';
import { openReleases } from './releases.ts';
import { rememberMay } from './remembered-may.ts';
import { every } from './sweep.ts';
import { createTelling } from './telling.ts';
import type { Shared } from './web-listeners.ts';

export interface RunningBroker {
  /** By their keys in the configuration. */
  readonly listeners: ReadonlyMap<string, ListenAddress>;
  /** Ends sessions, signs the audit log, closes the store. Nothing that was committed is lost. */
  stop(): Promise<void>;
}

const POLICY_MS = 1_000;
const EXPIRE_MS = 1_000;
const JOIN_MS = 1_000;

/** The log is named after its key, because that never changes as long as the log is the same. */
const originOf = (spki: Buffer): string =>
  `lockkeeper/${createHash('sha256').update(spki).digest('hex').slice(0, 16)}`;

/** The context of all actions. `cut` reaches the gate, which needs the context before it can be made. */
async function actionContext(
  parts: BrokerParts,
  more: {
    readonly store: Store;
    readonly plant: () => Plant | undefined;
    readonly publish: (write: Write) => void;
    readonly gate: () => Gate | undefined;
  },
): Promise<ActionContext> {
  const { clock, random, log } = parts;
  const { store, plant, publish, gate } = more;
  const around = (zone: string): readonly string[] => {
    const now = plant();
    return now === undefined ? [] : zonesAround(now, zone);
  };
  return {
    store,
    plant,
    may: rememberMay(shippedPeople(around).may),
    clock,
    random,
    publish,
    cut: (session, reason, text) => {
      gate()
        ?.endSession(session, reason, text)
        .catch((error: unknown) => log.fault('gate', error));
    },
    locks: await ActiveLocks.load(store),
  };
}

function openLog(parts: BrokerParts, keys: Keys, store: Store): Promise<Audit> {
  const { config, log, clock } = parts;
  return openAudit({
    store,
    folder: join(config.data, 'audit'),
    ...(config.checkpointCopy !== undefined && { copyTo: config.checkpointCopy }),
    key: keys.audit,
    origin: originOf(createPublicKey(keys.audit).export({ type: 'spki', format: 'der' })),
    onFault: (message) => log.fault('audit', new Error(message)),
    onBadCopy: async (because) => {
      log.fault('audit', new Error(because));
      const leaf = { at: clock(), actor: 'broker', action: 'check-second-place' } as const;
      const told = { ...leaf, subject: 'audit', outcome: 'failed', detail: { because } } as const;
      await store.commit({ writes: [], audit: [told] });
    },
  });
}

/** What must be closed, last opened first: at the stop, and when a start fails half-way. */
class Closing {
  readonly #steps: (() => Promise<unknown>)[] = [];

  add(step: () => Promise<unknown>): void {
    this.#steps.push(step);
  }

  /** Every step is taken, also after one that fails. */
  async run(failed: (error: unknown) => void): Promise<void> {
    for (let step = this.#steps.pop(); step !== undefined; step = this.#steps.pop()) {
      await step().catch(failed);
    }
  }
}

const startSweeps = (
  context: ActionContext,
  checkPolicy: () => Promise<void>,
  live: Live,
  failed: (what: string) => (error: unknown) => void,
) => [
  every(POLICY_MS, checkPolicy, failed('policy')),
  every(EXPIRE_MS, () => expire(context), failed('expire')),
  every(JOIN_MS, () => joinOperations(context), failed('join')),
  every(HEARTBEAT_MS, () => live.beat(), failed('live')),
];

/** What is made of the configuration and the keys alone. */
const sharedFrom = (
  { config, random, clock, monotonic }: BrokerParts,
  keys: Keys,
): Pick<Shared, 'enrolments' | 'evidence' | 'certificate' | 'listeners'> => ({
  enrolments: createEnrolments(random),
  evidence: createEvidence(join(config.data, 'evidence'), random, monotonic),
  certificate: issueServerCertificate(keys.server, certificateNames(config), clock()),
  listeners: new Map(),
});

/** What else a committed write leads to. */
function follow(write: Write, staged: StagedWatch, checkpoint: () => void): void {
  if (write.noun === 'policy') staged.hear(write.put);
  if (write.noun === 'session' && write.put.state === 'ended') checkpoint();
}

/** Throws `BrokerError` where it cannot start; nothing is left open then. */
export async function startBroker(parts: BrokerParts): Promise<RunningBroker> {
  const { log } = parts;
  const closing = new Closing();
  const close = (): Promise<void> => closing.run((error) => log.fault('stop', error));
  try {
    const listeners = await start(parts, closing);
    log.info({ event: 'started' });
    return {
      listeners,
      async stop() {
        log.info({ event: 'stopping' });
        await close();
        log.info({ event: 'stopped' });
      },
    };
  } catch (error) {
    await close();
    throw error;
  }
}

/** A clock that is not before the last leaf of the audit log; the log says where that made a difference. */
async function openClock(
  { clock: system, monotonic, acceptClock, log }: BrokerParts,
  store: Store,
): Promise<Clock> {
  const clock = await clockAfter(store, system, monotonic, acceptClock);
  const behind = Math.round((clock() - system()) / 1_000_000);
  if (behind > 0) log.info({ event: 'clock-behind-audit-log', seconds: behind });
  return clock;
}

async function start(
  given: BrokerParts,
  closing: Closing,
): Promise<ReadonlyMap<string, ListenAddress>> {
  const { config, log } = given;
  const failed = (what: string) => (error: unknown) => log.fault(what, error);
  mkdirSync(config.data, { recursive: true, mode: 0o700 });
  const keys = openKeys(config.data, given.clock(), given.random);
  const store = await openSqliteStore({ folder: join(config.data, 'store') });
  closing.add(() => store.close());
  const parts: BrokerParts = { ...given, clock: await openClock(given, store) };
  const audit = await openLog(parts, keys, store);
  closing.add(() => audit.close());

  let inForce: InForce | undefined = await lastApplied(store, config.policy);
  let gate: Gate | undefined;
  const staged = await watchStaged(store, config.policy);
  const plant = () => inForce?.plant;
  const live = createLive();
  const gateAddress = config.gate.address;
  const telling = createTelling({ store, plant, gateAddress, live, fault: log.fault });
  const context = await actionContext(parts, {
    store,
    plant,
    publish: (write) => {
      telling.tell(write);
      follow(write, staged, () => void audit.checkpoint().catch(failed('audit')));
    },
    gate: () => gate,
  });
  closing.add(() => telling.idle());
  closing.add(() => endStranded(context));
  // What a crash left open is over: nobody holds those connections any more.
  await endStranded(context);
  const policy = createPolicyStanding(live);
  const take = async (now: InForce): Promise<void> => {
    inForce = now;
    // Whoever the policy no longer names is out.
    live.review();
    await reviewSessions(context);
  };
  const followed = { file: config.policy, change: config.policyChange };
  const checkPolicy = followPolicyFile(followed, context, { take, policy }, log);
  await checkPolicy();

  const releases = openReleases(parts, context);
  closing.add(async () => releases?.close());
  const shared: Shared = {
    ...parts,
    keys,
    context,
    live,
    policy,
    staged,
    takePolicy: take,
    releases,
    ...sharedFrom(parts, keys),
  };
  gate = makeGate(shared);
  closing.add(() => closeDoors(shared));
  closing.add(async () => live.close());
  await openDoors(shared, gate, () => inForce);
  for (const sweep of startSweeps(context, checkPolicy, live, failed)) {
    closing.add(() => sweep.stop());
  }
  audit.start();
  return new Map([...shared.listeners].map(([name, { address }]) => [name, address]));
}
