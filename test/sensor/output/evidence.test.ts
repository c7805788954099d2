import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { readCaptureFile } from '#sensor/capture/file.ts';
import { micros } from '#sensor/model/time.ts';
import { cutEvidence, type EvidenceFrame } from '#sensor/output/evidence.ts';

/** The frames of a capture by number. */
function framesOf(path: string): Map<number, EvidenceFrame> {
  const frames = new Map<number, EvidenceFrame>();
  readCaptureFile(
    path,
    ({ bytes, offset, capturedLength, originalLength, linkType, at, number }) => {
      const copy = Buffer.from(bytes.subarray(offset, offset + capturedLength));
      frames.set(number, { number, at, bytes: copy, originalLength, linkType });
    },
  );
  return frames;
}

describe('an evidence slice', () => {
  let folder = '';
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'lockkeeper-evidence-'));
  });
  afterAll(() => {
    rmSync(folder, { recursive: true });
  });

  const capture = 'test/captures/peers/modbus-libmodbus.pcap';
  const frames = framesOf(capture);
  const slice = (wanted: readonly number[], context: readonly number[] = []) =>
    cutEvidence({
      comment: 'write from a new client: 127.0.0.1 schrieb 1500 → Register 100',
      frames: wanted,
      context,
      lookup: (frame) => frames.get(frame),
    });

  test('holds the very frames, with times and comments, as tshark reads it', () => {
    const { pcapng, complete } = slice([6, 4], [1, 2, 3]);
    const file = join(folder, 'slice.pcapng');
    writeFileSync(file, pcapng);
    const fields = ['frame.time_epoch', 'frame.len', 'frame.comment'];
    const read = (path: string, names: readonly string[], filter: string): string[] =>
      execFileSync(
        'tshark',
        ['-n', '-r', path, '-T', 'fields', ...names.flatMap((n) => ['-e', n]), '-Y', filter],
        { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] },
      ).split('\n');
    const original = read(capture, fields.slice(0, 2), 'frame.number in {1..4, 6}');
    const cut = read(file, fields, 'frame').map((line) => line.split('\t'));
    expect(cut.map((line) => line.slice(0, 2).join('\t'))).toEqual(original);
    expect(cut.map((line) => line[2] ?? '').filter((comment) => comment !== '')).toEqual([
      'frame 4: evidence',
      'frame 6: evidence',
    ]);
    expect(complete).toBe(true);
    expect(execFileSync('capinfos', ['-k', file], { encoding: 'utf8' })).toContain(
      'write from a new client: 127.0.0.1 schrieb 1500 → Register 100',
    );
  });

  test('is read back by our own reader, byte for byte', () => {
    const file = join(folder, 'own.pcapng');
    writeFileSync(file, slice([4, 6]).pcapng);
    const back = [...framesOf(file).values()];
    expect(back.map(({ bytes, at }) => [bytes, at])).toEqual(
      [4, 6].map((number) => [frames.get(number)?.bytes, frames.get(number)?.at]),
    );
  });

  test('describes each link type that its frames have, once', () => {
    const linkTypes = [276, 1, 101, 276, 1];
    const kept = linkTypes.map((linkType, i) => {
      const bytes = Buffer.alloc(20 + i, i);
      return { number: i + 1, at: micros(i + 1), bytes, originalLength: 20 + i, linkType };
    });
    const { pcapng } = cutEvidence({
      comment: '',
      frames: [1, 2, 3, 4, 5],
      lookup: (number) => kept[number - 1],
    });
    const file = join(folder, 'links.pcapng');
    writeFileSync(file, pcapng);
    const back = [...framesOf(file).values()];
    expect(back.map(({ linkType, bytes }) => [linkType, bytes])).toEqual(
      kept.map(({ linkType, bytes }) => [linkType, bytes]),
    );
    const described = execFileSync('capinfos', ['-I', file], { encoding: 'utf8' });
    expect(described).toContain('Number of interfaces in file: 3');
  });

  test('carries its hash', () => {
    const { pcapng, sha256 } = slice([4]);
    expect(sha256).toBe(createHash('sha256').update(pcapng).digest('hex'));
  });

  test.for([
    ['a frame is gone', [4, 9999], false],
    ['nothing proves it', [], false],
    ['context is gone', [4], true],
  ] as const)('says whether it is complete: %s', ([, wanted, complete]) => {
    expect(slice(wanted, [8888]).complete).toBe(complete);
  });

  test('is not complete with a frame that the capture cut', () => {
    const bytes = Buffer.alloc(62);
    const frame = { number: 1, at: micros(1), bytes, originalLength: 66, linkType: 1 };
    expect(cutEvidence({ comment: '', frames: [1], lookup: () => frame }).complete).toBe(false);
  });

  test('keeps a comment within its bounds, at a whole character', () => {
    const { pcapng } = cutEvidence({
      comment: '→'.repeat(5000),
      frames: [],
      lookup: () => undefined,
    });
    // Block type and length, then 16 bytes of section header, then code and length of the option.
    const length = pcapng.readUInt16LE(26);
    expect(length).toBe(4095);
    expect(pcapng.toString('utf8', 28, 28 + length)).toBe('→'.repeat(1365));
  });
});
