import { mkdtempSync, readdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { readOperations } from '#broker/gate/read-recording.ts';
import { type IntentLine, Recording } from '#broker/gate/recording.ts';
import type { Session } from '#broker/model/access.ts';
import type { GrantId, SessionId } from '#broker/model/ids.ts';
import type { RecordedOperation } from '#broker/model/recording.ts';
import { grantOf, NOW } from '../../support/broker-site.ts';
import '../../support/property-runs.ts';

const id = 'ses_00112233445566778899aabb' as SessionId;
const SESSION: Session = {
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

function begin(segmentBytes = 4_000) {
  const root = mkdtempSync(join(tmpdir(), 'lockkeeper-recording-'));
  return {
    root,
    recording: new Recording({ root, session: SESSION, grant: grantOf(), segmentBytes }),
  };
}
const fields = { at: '2026-11-23T09:00:00.000000Z', functionCode: 6, rule: 'acme-press' } as const;
const intent = (sequence: number): IntentLine => ({
  ...fields,
  sequence,
  text: `write ${sequence}`,
  kind: 'write',
  key: '127.20.10.1:1>127.20.1.12:2#3',
  pdu: '0600640005',
});
const operation = (sequence: number): RecordedOperation => ({
  ...fields,
  session: id,
  sequence,
  text: `wrote ${sequence}`,
  kind: 'write',
  decision: 'allowed',
  outcome: 'success',
});

describe('the operations of a recording', () => {
  test('are given page by page, across segments, without loss and without repetition', async () => {
    const { root, recording } = begin();
    for (let i = 0; i < 600; i++) {
      await Promise.all([recording.intend(intent(i)), recording.tell(operation(i))]);
    }
    expect(readdirSync(join(root, id)).length).toBeGreaterThan(20);
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: -1, max: 700 }),
        fc.integer({ min: 1, max: 200 }),
        async (after, limit) => {
          const found = await readOperations(root, id, after, limit);
          const wanted = Array.from({ length: limit }, (_, i) => after + 1 + i).filter(
            (n) => n < 600,
          );
          expect(found.map(({ sequence }) => sequence)).toEqual(wanted);
        },
      ),
      { numRuns: 30 },
    );
  });

  test('are in order, whatever the order in which they were settled', async () => {
    const { root, recording } = begin();
    for (const i of [0, 1, 2, 3]) await recording.intend(intent(i));
    for (const i of [2, 0, 3, 1]) await recording.tell(operation(i));
    const found = await readOperations(root, id, -1, 10);
    expect(found).toEqual([0, 1, 2, 3].map(operation));
  });

  test('of a session that runs stop before one that is still under way', async () => {
    const { root, recording } = begin();
    for (const i of [0, 1, 2]) await recording.intend(intent(i));
    for (const i of [0, 2]) await recording.tell(operation(i));
    const first = await readOperations(root, id, -1, 10);
    expect(first.map(({ sequence }) => sequence)).toEqual([0]);
    await recording.tell(operation(1));
    const rest = await readOperations(root, id, 0, 10);
    expect(rest.map(({ sequence }) => sequence)).toEqual([1, 2]);
  });

  test('of a sealed recording tell of an intent that nothing followed', async () => {
    const { root, recording } = begin();
    for (const i of [0, 1]) await recording.intend(intent(i));
    await recording.tell(operation(0));
    await recording.close(NOW);
    const found = await readOperations(root, id, -1, 10);
    expect(found.map(({ outcome, text }) => [outcome, text])).toEqual([
      ['success', 'wrote 0'],
      ['no-answer', 'write 1; nobody knows what came of it'],
    ]);
  });

  test('of a session without a recording are none', async () => {
    const root = mkdtempSync(join(tmpdir(), 'lockkeeper-recording-'));
    expect(await readOperations(root, id, -1, 10)).toEqual([]);
  });
});
