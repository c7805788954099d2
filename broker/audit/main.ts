/** `lockkeeper audit verify DIR --key F [--checkpoint F]`: offline, with public material only. */
import { createPublicKey } from 'node:crypto';
import { readdir, readFile, stat } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { BrokerError } from '#broker/model/broker-error.ts';
import { optionFault, refusalOf } from '#sensor/model/complaint.ts';
import { CHECKPOINT, CHECKPOINTS, isLeavesFile } from './layout.ts';
import { MAX_NOTE_BYTES, type NoteKey, noteKey, parseVerifierKey } from './note.ts';
import { type Verdict, verifyLog } from './verify.ts';
import { type RecordingsVerdict, verifyRecordings } from './verify-recordings.ts';
import { amount } from './words.ts';

const USAGE = `usage: lockkeeper audit verify DIR --key F [--checkpoint F] [--recordings DIR]

Verifies an exported audit log (DATA/audit of a broker) offline, and the recordings of sessions by it.

  --key F         the log's public key, PEM or C2SP verifier key, from a place that the broker's
                  machine cannot write to
  --checkpoint F  a checkpoint of the log that was kept elsewhere; without one it cannot be told
                  whether the end was cut off or an older state put back
  --recordings DIR
                  the recordings (DATA/recordings of a broker), held against the hashes in the log

Exit code 0: everything that could be checked is right. 1: it is not. 2: usage, unreadable input, or
a folder that holds no log (with --checkpoint an emptied folder is 1).
`;

const RECORDINGS_LEFT_OUT: RecordingsVerdict = {
  proven: 0,
  sealed: 0,
  findings: [],
  remarks: [],
  notChecked: ['whether the recordings are as they were sealed (needs --recordings)'],
};

interface Asked {
  readonly folder: string;
  readonly key: string;
  readonly checkpoint?: string;
  readonly recordings?: string;
}

export async function main(args: readonly string[]): Promise<number> {
  if (args.includes('--help') || args.includes('-h')) {
    process.stdout.write(USAGE);
    return 0;
  }
  const asked = readArgs(args);
  if (typeof asked === 'string') {
    process.stderr.write(`lockkeeper audit: ${asked}\n\n${USAGE}`);
    return 2;
  }
  try {
    return await verify(asked);
  } catch (error) {
    if (!(error instanceof BrokerError)) throw error;
    process.stderr.write(`lockkeeper audit: ${error.message}\n`);
    return 2;
  }
}

async function verify(asked: Asked): Promise<number> {
  const outside = asked.checkpoint === undefined ? undefined : await readSmall(asked.checkpoint);
  const isLog = await reading(asked.folder, holdsLog(asked.folder));
  // With a checkpoint from outside an emptied folder is no slip of the user but the finding itself.
  if (!isLog && outside === undefined) {
    const text = `\`${asked.folder}\` is no audit log: it holds neither checkpoints nor leaves`;
    throw new BrokerError('store', text);
  }
  const key = await readKey(asked.key, outside ?? (await noteIn(asked.folder)));
  const log = await reading(asked.folder, verifyLog(asked.folder, key, outside));
  const recordings = await recordingsOf(asked);
  process.stdout.write(sentences(log, recordings, asked, key));
  return log.findings.length + recordings.findings.length === 0 ? 0 : 1;
}

async function recordingsOf({ folder, recordings }: Asked): Promise<RecordingsVerdict> {
  return recordings === undefined
    ? RECORDINGS_LEFT_OUT
    : reading(recordings, verifyRecordings(folder, recordings));
}

const holdsLog = async (folder: string): Promise<boolean> =>
  (await readdir(folder)).some(
    (name) => name === CHECKPOINT || name === CHECKPOINTS || isLeavesFile(name),
  );

/** What `work` gives; rejects with a `BrokerError` where the machine does not let it read `path`. */
async function reading<T>(path: string, work: Promise<T>): Promise<T> {
  try {
    return await work;
  } catch (error) {
    throw unreadable(path, error);
  }
}

function unreadable(path: string, cause: unknown): unknown {
  if (!(cause instanceof Error && 'syscall' in cause)) return cause;
  return new BrokerError('store', `\`${path}\` cannot be read: ${refusalOf(cause)}`, { cause });
}

function readArgs(args: readonly string[]): Asked | string {
  try {
    const { values, positionals } = parseArgs({
      args: [...args],
      allowPositionals: true,
      options: {
        key: { type: 'string' },
        checkpoint: { type: 'string' },
        recordings: { type: 'string' },
      },
    });
    const [verb, folder, ...rest] = positionals;
    if (verb !== 'verify') return verb === undefined ? 'say `verify`' : `no command \`${verb}\``;
    if (folder === undefined || rest.length > 0) return 'name one folder';
    if (values.key === undefined) return 'name the public key with --key';
    return { ...values, folder, key: values.key };
  } catch (error) {
    return optionFault(error);
  }
}

async function readSmall(path: string): Promise<string> {
  if ((await reading(path, stat(path))).size > MAX_NOTE_BYTES) {
    throw new BrokerError('store', `\`${path}\` is too large for what it should be`);
  }
  return reading(path, readFile(path, 'utf8'));
}

/** A PEM says no name; then it is the one that `note` gives itself, and the signature binds it. */
async function readKey(path: string, note: string): Promise<NoteKey> {
  const text = await readSmall(path);
  const named = parseVerifierKey(text.trim());
  if (named !== undefined) return named;
  const key = publicKeyOf(text);
  if (key?.asymmetricKeyType !== 'ed25519') {
    throw new BrokerError(
      'key',
      `\`${path}\` is no Ed25519 public key, neither PEM nor verifier key`,
    );
  }
  return noteKey(note.split('\n', 1)[0] ?? '', key);
}

function publicKeyOf(text: string): ReturnType<typeof createPublicKey> | undefined {
  if (!text.includes('-----BEGIN PUBLIC KEY-----')) return undefined;
  try {
    return createPublicKey(text);
  } catch {
    return undefined;
  }
}

const noteIn = (folder: string): Promise<string> =>
  readSmall(join(folder, CHECKPOINT)).catch(() => '');

function sentences(
  log: Verdict,
  recordings: RecordingsVerdict,
  asked: Asked,
  key: NoteKey,
): string {
  const both = [log, recordings];
  const lines = [
    ...both.flatMap(({ findings }) => findings.map((finding) => `wrong: ${finding}`)),
    ...both.flatMap(({ remarks }) => remarks.map((remark) => `note: ${remark}`)),
    ...(dirname(resolve(asked.key)) === resolve(asked.folder)
      ? ['note: the key lies in the same folder as the log; who changes one can change the other']
      : []),
    ...both.flatMap(({ notChecked }) => notChecked.map((what) => `not checked: ${what}`)),
    log.findings.length === 0
      ? `right: ${log.proven} of ${log.size} leaves are as \`${key.name}\` signed them`
      : `${amount(log.findings.length, 'finding', 'findings')}: the log is not as it was signed`,
    ...(asked.recordings === undefined ? [] : [recordingsSentence(recordings)]),
  ];
  return `${lines.join('\n')}\n`;
}

const recordingsSentence = ({ findings, proven, sealed }: RecordingsVerdict): string =>
  findings.length === 0
    ? `right: ${proven} of ${amount(sealed, 'recording is', 'recordings are')} as the log says`
    : `${amount(findings.length, 'finding', 'findings')}: the recordings are not as the log says`;
