import { createHash } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeEach, describe, expect, test } from 'vitest';
import { Recording, recordingFolder } from '#broker/gate/recording.ts';
import { checkSeal, SealMemory } from '#broker/gate/seal.ts';
import type { Session } from '#broker/model/access.ts';
import type { GrantId, SessionId } from '#broker/model/ids.ts';
import { grantOf, NOW } from '../../support/broker-site.ts';

const SESSION: Session = {
  id: 'ses_00112233445566778899aabb' as SessionId,
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

let folder: string;
let sealed: string;
/** Three segments of one note each, the first behind the line that begins the recording. */
beforeEach(async () => {
  const root = mkdtempSync(join(tmpdir(), 'lockkeeper-seal-'));
  const recording = new Recording({ root, session: SESSION, grant: grantOf(), segmentBytes: 1 });
  for (const text of ['wrote 7', 'wrote 8', 'wrote 9']) await recording.note(NOW, text);
  sealed = (await recording.close(NOW)) ?? '';
  folder = recordingFolder(root, SESSION.id);
});

const edit = (name: string, from: string, to: string): void => {
  const text = readFileSync(join(folder, name), 'utf8');
  expect(text).toContain(from);
  writeFileSync(join(folder, name), text.replace(from, to));
};
/** The manifest made to fit what was done to the segments, as a careful forger does. */
const forge = (name: string): void => {
  const bytes = readFileSync(join(folder, name));
  const manifest = JSON.parse(readFileSync(join(folder, 'manifest.json'), 'utf8')) as {
    segments: { file: string; sha256: string }[];
  };
  for (const segment of manifest.segments) {
    if (segment.file === name) segment.sha256 = createHash('sha256').update(bytes).digest('hex');
  }
  writeFileSync(join(folder, 'manifest.json'), `${JSON.stringify(manifest, null, 2)}\n`);
};

describe('the seal of a recording', () => {
  test('fits what was written, and proves what the manifest says', async () => {
    const seal = await checkSeal(folder, sealed);
    expect(seal).toMatchObject({ kind: 'fits', manifest: { session: SESSION.id, complete: true } });
  });

  test.each<[string, () => void, string]>([
    [
      'an edited line',
      () => edit('000000.ndjson', 'wrote 7', 'wrote 1'),
      'is not as it was sealed: `000000.ndjson` was changed',
    ],
    [
      'an edited line and a manifest that fits it',
      () => {
        edit('000000.ndjson', 'wrote 7', 'wrote 1');
        forge('000000.ndjson');
      },
      'is not as it was sealed: `manifest.json` was changed',
    ],
    [
      'a manifest that is none',
      () => writeFileSync(join(folder, 'manifest.json'), '{}'),
      'is not as it was sealed: `manifest.json` was changed',
    ],
    ['a missing manifest', () => rmSync(join(folder, 'manifest.json')), 'lacks `manifest.json`'],
    ['a missing segment', () => rmSync(join(folder, '000002.ndjson')), 'lacks `000002.ndjson`'],
    [
      'a segment too many',
      () => writeFileSync(join(folder, '000003.ndjson'), '{"type":"note"}\n'),
      'has `000003.ndjson` added to it',
    ],
    ['a missing folder', () => rmSync(folder, { recursive: true }), 'is missing'],
  ])('is broken by %s', async (_, tamper, why) => {
    tamper();
    expect(await checkSeal(folder, sealed)).toEqual({ kind: 'broken', why });
  });

  test('fits a recording that failed half-way, with the bytes that nobody hashed', async () => {
    const root = mkdtempSync(join(tmpdir(), 'lockkeeper-seal-'));
    const recording = new Recording({ root, session: SESSION, grant: grantOf(), segmentBytes: 1 });
    await recording.note(NOW, 'wrote 7');
    // The name of the next segment is taken, so that it cannot begin.
    const at = recordingFolder(root, SESSION.id);
    writeFileSync(join(at, '000001.ndjson'), 'half a li');
    expect(await recording.note(NOW, 'wrote 8')).toBe(false);
    const sha256 = (await recording.close(NOW)) ?? '';
    expect(await checkSeal(at, sha256)).toMatchObject({
      kind: 'fits',
      manifest: { complete: false, segments: [{ lines: 2 }, { bytes: 9, lines: 0 }] },
    });
  });

  test('is asked of the disk again once something was touched, whatever its mtime says', async () => {
    const seals = new SealMemory();
    const first = await seals.check(folder, sealed);
    expect(first.kind).toBe('fits');
    expect(await seals.check(folder, sealed)).toBe(first);
    edit('000000.ndjson', 'wrote 7', 'wrote 1');
    utimesSync(join(folder, '000000.ndjson'), 0, 0);
    expect((await seals.check(folder, sealed)).kind).toBe('broken');
  });
});
