import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type RecordingsVerdict, verifyRecordings } from '#broker/audit/verify-recordings.ts';
import { Recording } from '#broker/gate/recording.ts';
import type { Session } from '#broker/model/access.ts';
import type { GrantId, SessionId } from '#broker/model/ids.ts';
import { micros } from '#sensor/model/time.ts';
import { grantOf, NOW } from '../../support/broker-site.ts';
import { aPlace, type Place, type Running, run } from './logs.ts';

const A = 'ses_aaaaaaaaaaaaaaaaaaaaaaaa' as SessionId;
const B = 'ses_bbbbbbbbbbbbbbbbbbbbbbbb' as SessionId;

let place: Place;
let running: Running;
let recordings: string;
beforeEach(async () => {
  place = aPlace();
  running = await run(place);
  recordings = join(place.folder, 'recordings');
  mkdirSync(recordings);
});
afterEach(async () => {
  await running.stop();
  rmSync(place.folder, { recursive: true });
});

/** Leaves as the actions write them (`open-session.ts`, `end-session.ts`). */
async function tell(action: string, subject: string, detail: object, outcome = 'allowed') {
  const leaf = { at: micros(NOW), actor: 'gate', action, subject, detail: { ...detail } } as const;
  await running.store.commit({
    writes: [],
    audit: [{ ...leaf, outcome: outcome === 'allowed' ? 'allowed' : 'denied' }],
  });
}

/** A session that was opened, wrote 7, and was sealed. Gives the hash of its manifest. */
async function recorded(id: SessionId, { fails = false } = {}): Promise<string> {
  const session: Session = {
    id,
    version: 1,
    state: 'active',
    grant: 'gr_000000000001' as GrantId,
    person: 'vera',
    vendor: 'acme',
    asset: 'plc-12',
    startedAt: NOW,
    certificate: 'aa',
    certificateUntil: NOW,
    counts: { allowed: 0, refused: 0, writes: 0 },
  };
  const parts = { root: recordings, session, grant: grantOf(), segmentBytes: 1 };
  const recording = new Recording(parts);
  await recording.note(NOW, 'wrote 7');
  if (fails) {
    writeFileSync(join(recordings, id, '000001.ndjson'), '');
    await recording.note(NOW, 'wrote 8');
  }
  return (await recording.close(NOW)) ?? '';
}

async function session(id: SessionId, how = {}): Promise<void> {
  await tell('connect', id, {});
  await tell('end-session', id, { reason: 'idle', recording: await recorded(id, how) });
}

const verdict = async (): Promise<RecordingsVerdict> => {
  await running.audit.checkpoint();
  return verifyRecordings(place.audit, recordings);
};
const RIGHT = { findings: [], remarks: [], notChecked: [] };

describe('recordings against the log', () => {
  test('are right as they were sealed', async () => {
    await session(A);
    await session(B);
    expect(await verdict()).toEqual({ ...RIGHT, proven: 2, sealed: 2 });
  });

  test('are wrong where one was changed, and where one is missing', async () => {
    await session(A);
    await session(B);
    const path = join(recordings, A, '000000.ndjson');
    writeFileSync(path, readFileSync(path, 'utf8').replace('wrote 7', 'wrote 1'));
    rmSync(join(recordings, B), { recursive: true });
    const findings = [
      `the recording of ${A} is not as it was sealed: \`000000.ndjson\` was changed`,
      `the recording of ${B} is missing`,
    ];
    expect(await verdict()).toEqual({ ...RIGHT, proven: 0, sealed: 2, findings });
  });

  test('are wrong where one was sealed anew: the first seal in the log counts', async () => {
    await session(A);
    rmSync(join(recordings, A), { recursive: true });
    await tell('end-session', A, { sealed: true, recording: await recorded(A, { fails: true }) });
    expect((await verdict()).findings).toHaveLength(1);
  });

  test('are wrong where one is of no session of the log', async () => {
    await session(A);
    await recorded(B);
    // What was refused opened nothing.
    await tell('connect', B, {}, 'denied');
    const findings = [`the recording of ${B} belongs to no session of the log`];
    expect(await verdict()).toEqual({ ...RIGHT, proven: 1, sealed: 1, findings });
  });

  test('that are not whole are right as far as they go', async () => {
    await session(A, { fails: true });
    const { proven, remarks } = await verdict();
    expect(proven).toBe(1);
    expect(remarks).toEqual([
      expect.stringMatching(/^the recording of ses_a+ is not whole: EEXIST/),
    ]);
  });

  test('are not checked where the log holds no seal, and that is said', async () => {
    await tell('connect', A, {});
    await recorded(A);
    await tell('connect', B, {});
    await tell('end-session', B, { reason: 'ended-by-operator' });
    await recorded(B);
    expect((await verdict()).notChecked).toEqual([
      `the recording of ${A}: it had not ended when the log was exported`,
      `the recording of ${B}: it has ended, and the log holds no seal of it`,
    ]);
    rmSync(join(recordings, A), { recursive: true });
    rmSync(join(recordings, B), { recursive: true });
    expect((await verdict()).remarks).toEqual([
      '2 sessions have no recording, in the log or here: nobody came to the gate',
    ]);
  });

  test('of a person’s end are sealed by the leaf that follows', async () => {
    await tell('connect', A, {});
    await tell('end-session', A, { reason: 'ended-by-operator' });
    await tell('end-session', A, { sealed: true, recording: await recorded(A) });
    expect(await verdict()).toEqual({ ...RIGHT, proven: 1, sealed: 1 });
  });
});
