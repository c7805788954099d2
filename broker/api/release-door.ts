/**
 * Takes a firmware package from a person: streams it to quarantine, has it verified, and makes a release
 * of the verdict. What is denied does not stay on the disk; what is let in or held does.
 *
 * Two uploads at once, one of each person: an upload is hashed on the way in, and only its SBOM costs
 * more, in the one process that `sboms` keeps warm.
 */

import type { ActionContext } from '#broker/actions/context.ts';
import { type Brought, missRelease, receiveRelease } from '#broker/actions/receive-release.ts';
import { newId, type ReleaseId } from '#broker/model/ids.ts';
import type { Judgement, Received, ReleaseRecord } from '#broker/model/release.ts';
import type { Admission } from '#sbom/admission.ts';
import type { SbomValidator } from '#sbom/cyclonedx/validator.ts';
import { receiveTar, type Received as Tar } from '#sbom/package/tar.ts';
import { reason } from '#sbom/reason.ts';
import { SbomError } from '#sbom/sbom-error.ts';
import type { Trust } from '#sbom/trust.ts';
import { verifyPackage } from '#sbom/verify.ts';
import { answerOutcome } from './outcome-answer.ts';
import type { Quarantine } from './quarantine.ts';
import { refusal } from './refusal.ts';
import type { Answer } from './route.ts';
import { createUntakenReads } from './untaken-reads.ts';
import { readUpload, type Upload } from './upload.ts';

const MAX_AT_ONCE = 2;

export interface ReleaseDoor {
  /** Of a package. */
  readonly maxBytes: number;
  /** `show` says what the answer is, once the package is kept or not. */
  receive(sent: Sent, show: (release: ReleaseRecord) => object): Promise<Answer>;
  /** Whether the package lies in quarantine. */
  has(id: ReleaseId): Promise<boolean>;
  /** Resolves once no package is looked at any more; what is not taken is cut off. */
  close(): Promise<void>;
}

interface Sent {
  readonly actor: string;
  readonly fileName: string;
  readonly body: ReadableStream<Uint8Array>;
  /** Bytes as the request says; undefined where it does not. */
  readonly declared: number | undefined;
}

export interface DoorParts {
  readonly actions: ActionContext;
  readonly quarantine: Quarantine;
  readonly sboms: SbomValidator;
  /** Whom to believe, asked anew for each package. Throws `trust` while the folder cannot be used. */
  readonly trustNow: () => Trust;
  readonly maxBytes: number;
  readonly fault: (what: string, error: unknown) => void;
}

const busy = (): Response =>
  refusal(429, 'busy', 'other packages are being received; try again when they are done');
const noTrust = (): Response =>
  refusal(
    503,
    'trust',
    'the trust folder cannot be used, so no package can be judged; the log says why',
  );
const noRoom = (): Response =>
  refusal(507, 'full', 'no room in quarantine; an admin must remove packages from it');
const failed = (): Response =>
  refusal(
    500,
    'fault',
    'the verifier failed; about the package nothing is known, so send it again',
  );
const gone = (): Response => refusal(400, 'broken-off', 'the upload broke off');

interface Reply {
  readonly answer: Answer;
  /** Whether the upload was, as far as it is wanted: a browser that is still sending hears no answer. */
  readonly isRead: boolean;
}

const untaken = (answer: Response): Reply => ({ isRead: false, answer });

export function createReleaseDoor(parts: DoorParts): ReleaseDoor {
  const { actions, quarantine, maxBytes } = parts;
  const running = new Map<string, Promise<unknown>>();
  const untakenReads = createUntakenReads(maxBytes);
  let last: Promise<unknown> = Promise.resolve();
  const inTurn = <T>(act: () => Promise<T>): Promise<T> => {
    const turn = last.then(act);
    last = turn.catch(() => undefined);
    return turn;
  };
  const inPlace = async (actor: string, act: () => Promise<Reply>): Promise<Reply> => {
    if (running.size >= MAX_AT_ONCE || running.has(actor)) return untaken(busy());
    const upload = act();
    running.set(actor, upload);
    try {
      return await upload;
    } finally {
      running.delete(actor);
    }
  };
  const receive = async (
    { actor, fileName, body, declared }: Sent,
    show: (release: ReleaseRecord) => object,
  ): Promise<Reply> => {
    if (trustOf(parts) === undefined) return untaken(noTrust());
    const settle = await quarantine.take(Math.min(declared ?? maxBytes, maxBytes));
    if (settle === undefined) return untaken(noRoom());
    const id = newId<ReleaseId>('rel', actions.random);
    let kept = 0;
    try {
      const upload = readUpload(body);
      const taken = await take(parts, upload, id, declared);
      const brought = { actor, id, received: { fileName, ...taken.received } };
      if (taken.kind === 'missed') {
        return { isRead: true, answer: await miss(parts, brought, taken) };
      }
      const { judgement } = taken;
      const outcome = await inTurn(() => receiveRelease(actions, brought, judgement));
      const stays = outcome.kind === 'done' && outcome.release.verdict !== 'deny';
      if (stays) kept = taken.received.size;
      const answer = await answerOutcome(outcome, ({ release }) =>
        Response.json(show(release), { status: 201 }),
      );
      return { isRead: true, answer };
    } finally {
      if (kept === 0) await quarantine.remove(id);
      settle(kept);
    }
  };
  return {
    maxBytes,
    has: (id) => quarantine.has(id),
    async receive(sent, show) {
      const { actor, body, declared } = sent;
      const { isRead, answer } = await inPlace(actor, () => receive(sent, show));
      // In no place: who is only told no keeps nobody else waiting.
      if (!isRead) await untakenReads.read(actor, body, declared);
      return answer;
    },
    close: async () => {
      untakenReads.stop();
      await Promise.allSettled(running.values());
      await parts.sboms.close();
    },
  };
}

type Taken = { readonly received: Omit<Received, 'fileName'> } & (
  | { readonly kind: 'judged'; readonly judgement: Judgement }
  | Missed
);

interface Missed {
  readonly kind: 'missed';
  /** Undefined: the other side went away. */
  readonly error?: unknown;
}

async function take(
  parts: DoorParts,
  upload: Upload,
  id: ReleaseId,
  declared: number | undefined,
): Promise<Taken> {
  const { maxBytes, quarantine } = parts;
  if (declared !== undefined && declared > maxBytes) {
    await upload.cancel();
    return denied(0, reason('package-too-large', `the package has more than ${maxBytes} bytes`));
  }
  let tar: Tar;
  try {
    tar = await receiveTar(upload.chunks, quarantine.pathOf(id), maxBytes);
  } catch (error) {
    const received = { size: upload.size() };
    if (upload.brokeOff()) return { kind: 'missed', received };
    await upload.drain(maxBytes);
    return { kind: 'missed', received, error };
  }
  if (tar.kind === 'refused') {
    const size = upload.size();
    await upload.drain(maxBytes);
    return denied(size, tar.reason);
  }
  const received = { size: tar.size, sha256: tar.sha256 };
  const admission = await verify(parts, tar);
  return admission.verdict === 'fault'
    ? { kind: 'missed', received, error: admission.error }
    : { kind: 'judged', received, judgement: admission };
}

const denied = (size: number, why: ReturnType<typeof reason>): Taken => ({
  kind: 'judged',
  received: { size },
  judgement: { verdict: 'deny', reasons: [why], claimed: undefined, notChecked: [] },
});

/** By whom the plant believes when the package is there, which may be an hour after it was begun. */
async function verify(
  parts: DoorParts,
  tar: Extract<Tar, { readonly kind: 'package' }>,
): Promise<Admission> {
  try {
    const trust = trustOf(parts);
    if (trust === undefined) return { verdict: 'fault', error: new Error('no trust folder') };
    const { sboms, actions } = parts;
    return await verifyPackage(tar, { trust, sboms, now: actions.clock() });
  } finally {
    await tar.package.close();
  }
}

/** Undefined where the folder cannot be used; the log says why. */
function trustOf({ trustNow, fault }: DoorParts): Trust | undefined {
  try {
    return trustNow();
  } catch (error) {
    if (!(error instanceof SbomError && error.code === 'trust')) throw error;
    fault('trust', error);
    return undefined;
  }
}

async function miss(parts: DoorParts, brought: Brought, { error }: Missed): Promise<Response> {
  if (error === undefined) {
    await missRelease(parts.actions, brought, 'the upload broke off');
    return gone();
  }
  parts.fault('release', error);
  await missRelease(parts.actions, brought, 'the verifier or its disk failed; the log says why');
  return failed();
}
