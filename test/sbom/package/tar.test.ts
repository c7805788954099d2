import { execFileSync } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, describe, expect, test } from 'vitest';
import { openFolder } from '#sbom/package/folder.ts';
import { openTar, receiveTar } from '#sbom/package/tar.ts';
import { TarIndex } from '#sbom/package/tar-index.ts';
import { isRefused } from '#sbom/sbom-error.ts';
import { contents, IMAGE, sha256, writeFolder } from '../../support/firmware/package.ts';
import { type Entry, paxRecord, tar } from '../../support/firmware/tar-writer.ts';

const place = mkdtempSync(join(tmpdir(), 'tar-'));
afterAll(() => rmSync(place, { recursive: true }));

/** What the index says of a whole tar: its names, or the code of its refusal. */
function read(bytes: Buffer): readonly string[] | string {
  const index = new TarIndex();
  const end = index.push(bytes) ?? index.finish();
  return isRefused(end) ? end.reason.code : [...end.keys()];
}

const file = (name: string, more: Partial<Entry> = {}): Entry => ({
  name,
  content: IMAGE,
  ...more,
});

const folder = (name: string): Entry => ({ name, type: '5', content: Buffer.of() });

async function* chunks(bytes: Buffer, size: number): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
}

describe('a tar made by the tar of this machine', () => {
  const folder = writeFolder(join(place, 'source'), contents());

  test.for(['ustar', 'gnu', 'pax'])('in %s is read as the folder is', async (format) => {
    const path = join(place, `${format}.tar`);
    execFileSync('tar', [`--format=${format}`, '-cf', path, '-C', folder, '.']);
    const [fromTar, fromFolder] = [await openTar(path), await openFolder(folder)];
    if (fromTar.kind !== 'package' || fromFolder.kind !== 'package') throw new Error('refused');
    const plain = (files: Iterable<{ name: string; size: number; sha256: string }>) =>
      [...files].map(({ name, size, sha256: hash }) => [name, size, hash].join(' ')).sort();
    expect(plain(fromTar.package.files.values())).toEqual(plain(fromFolder.package.files.values()));
    expect(await fromTar.package.read('images/plc-100.bin')).toEqual(IMAGE);
    expect(await fromTar.package.hash('images/plc-100.bin', 'sha256')).toBe(sha256(IMAGE));
    await fromTar.package.close();
  });
});

describe('a tar', () => {
  test.each<[string, readonly string[] | string, Buffer]>([
    ['of two files', ['a', 'b/c'], tar([file('a'), file('b/c')])],
    [
      'with a long name in a pax header',
      ['x'.repeat(110)],
      tar([file('pax', { type: 'x', content: paxRecord('path', 'x'.repeat(110)) }), file('short')]),
    ],
    ['with an absolute name', 'package-entry', tar([file('/etc/passwd')])],
    ['with a name that leads upwards', 'package-entry', tar([file('a/../../b')])],
    [
      'with a name that leads upwards in a pax header',
      'package-entry',
      tar([file('pax', { type: 'x', content: paxRecord('path', '../b') }), file('b')]),
    ],
    [
      'with a folder that leads upwards',
      'package-entry',
      tar([{ name: '../x/', type: '5', content: Buffer.of() }]),
    ],
    ['with a backslash in a name', 'package-entry', tar([file('..\\b')])],
    ['with an escape sequence in a name', 'package-entry', tar([file('a\u001b[2J')])],
    ['with a name that is no UTF-8', 'package-entry', tar([file('a\xff', { encoding: 'latin1' })])],
    ['with a name twice', 'package-entry', tar([file('a'), file('a')])],
    ['with two forms of one sigma', 'package-entry', tar([file('aΣ'), file('aσ')])],
    ['with a long s beside an s', 'package-entry', tar([file('ſ.bin'), file('s.bin')])],
    ['with a name that ends with a dot', 'package-entry', tar([file('a.')])],
    ['with a folder that ends with a space', 'package-entry', tar([file('a /b')])],
    ['with the name of a device', 'package-entry', tar([file('CON')])],
    ['with the name of a device and an ending', 'package-entry', tar([file('x/nul.bin')])],
    [
      'with a name that begins as a device',
      ['console', 'com10'],
      tar([file('console'), file('com10')]),
    ],
    ['with a file below a file', 'package-entry', tar([file('a'), file('a/b')])],
    ['with a file above a file', 'package-entry', tar([file('a/b'), file('a')])],
    ['with a folder where a file is', 'package-entry', tar([file('a'), folder('A/')])],
    ['with a file where a folder is', 'package-entry', tar([folder('a/'), file('A')])],
    ['with a folder in two spellings', 'package-entry', tar([file('a/b'), file('A/c')])],
    ['with two folders that differ by case', 'package-entry', tar([folder('a/'), folder('A/')])],
    ['with an empty folder', 'package-entry', tar([file('a'), folder('b/c/')])],
    [
      'with folders as they should be',
      ['b/c/d'],
      tar([folder('b'), folder('b/c/'), file('b/c/d')]),
    ],
    [
      'with a pax header and nothing behind it',
      'package-malformed',
      tar([file('a'), file('pax', { type: 'x', content: paxRecord('path', 'b') })]),
    ],
    [
      'with two pax headers for one file',
      'package-malformed',
      tar([
        file('pax', { type: 'x', content: paxRecord('path', 'b') }),
        file('pax', { type: 'x', content: paxRecord('comment', 'c') }),
        file('a'),
      ]),
    ],
    ['with names that differ by their case alone', 'package-entry', tar([file('a'), file('A')])],
    ['with `a` and `./a`', 'package-entry', tar([file('a'), file('./a')])],
    [
      'with a symbolic link',
      'package-entry',
      tar([file('a', { type: '2', content: Buffer.of() })]),
    ],
    ['with a hard link', 'package-entry', tar([file('a', { type: '1', content: Buffer.of() })])],
    ['with a device', 'package-entry', tar([file('a', { type: '3', content: Buffer.of() })])],
    [
      "with one of GNU's long names",
      'package-entry',
      tar([file('././@LongLink', { type: 'L' }), file('a')]),
    ],
    [
      'with a link in a pax header',
      'package-entry',
      tar([file('pax', { type: 'x', content: paxRecord('linkpath', 'b') }), file('a')]),
    ],
    [
      'with a size in a global pax header',
      'package-malformed',
      tar([file('g', { type: 'g', content: paxRecord('size', '1') }), file('a')]),
    ],
    [
      'with a damaged pax header',
      'package-malformed',
      tar([file('x', { type: 'x', content: Buffer.from('99 path=a\n') }), file('a')]),
    ],
    [
      'with a size that is no number',
      'package-malformed',
      tar([file('a', { size: '99999999999' })]),
    ],
    ['that ends in the middle of a file', 'package-malformed', tar([file('a')]).subarray(0, 1024)],
    ['that has no end', 'package-malformed', tar([file('a')], { withEnd: false })],
    [
      'with something behind its end',
      'package-malformed',
      Buffer.concat([tar([file('a')]), tar([file('b')])]),
    ],
    ['with something in the padding', 'package-malformed', tar([file('a')], { padding: 0x41 })],
    [
      'that is a picture',
      'package-unreadable',
      Buffer.from(`\x89PNG${'x'.repeat(2000)}`, 'latin1'),
    ],
    ['that is empty', 'package-unreadable', Buffer.alloc(10_240)],
    ['that is nothing', 'package-unreadable', Buffer.of()],
  ])('%s: %s', (_, expected, bytes) => {
    expect(read(bytes)).toEqual(expected);
  });

  test('cut into any pieces is the same tar', () => {
    const bytes = tar([file('a'), file('empty', { content: Buffer.of() }), file('b')]);
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 1, max: 700 }), { minLength: 1 }), (sizes) => {
        const index = new TarIndex();
        for (let at = 0, n = 0; at < bytes.length; n += 1) {
          const size = sizes[n % sizes.length] ?? 1;
          expect(index.push(bytes.subarray(at, at + size))).toBeUndefined();
          at += size;
        }
        const end = index.finish();
        const hashes = isRefused(end) ? [] : [...end.values()].map(({ sha256: hash }) => hash);
        expect(hashes).toEqual([sha256(IMAGE), sha256(''), sha256(IMAGE)]);
      }),
    );
  });

  test('with any bytes changed never throws', () => {
    const bytes = tar([
      file('x', { type: 'x', content: paxRecord('path', 'name') }),
      file('a'),
      file('b'),
    ]);
    const edits = fc.array(fc.tuple(fc.nat(bytes.length - 1), fc.nat(255)), {
      minLength: 1,
      maxLength: 4,
    });
    fc.assert(
      fc.property(edits, fc.nat(bytes.length), (changes, end) => {
        const changed = Buffer.from(bytes.subarray(0, end));
        for (const [at, value] of changes) if (at < changed.length) changed[at] = value;
        expect(read(changed)).toBeDefined();
      }),
    );
  });
});

const many = (count: number, entries: (n: number) => readonly Entry[]): readonly Entry[] =>
  Array.from({ length: count }, (_, n) => entries(n)).flat();
/** Names of 600 files in so many folders, at least 600 and at most twice as many. */
const inFolders = (count: number): readonly string[] =>
  Array.from({ length: 600 }, (_, n) => (n < count - 600 ? `o${n}/i/f` : `i${n}/f`));
const empty = (name: string): Entry => file(name, { content: Buffer.of() });
const withPax = (entry: Entry): readonly Entry[] => [
  file('pax', { type: 'x', content: paxRecord('mtime', '1.5') }),
  entry,
];

describe('so many of each may be in a tar', () => {
  const said = (entries: readonly Entry[]): string => {
    const index = new TarIndex();
    const end = index.push(tar(entries)) ?? index.finish();
    return isRefused(end) ? `${end.reason.code}: ${end.reason.text}` : `${end.size} files`;
  };
  const tooMany = (what: string): string => `package-too-large: ${what}`;

  test.each([
    [999, '999 files'],
    [1000, '1000 files'],
    [1001, tooMany('the package has more than 1000 files')],
  ])('%i files: %s', (count, expected) => {
    expect(said(many(count, (n) => [empty(`f${n}`)]))).toBe(expected);
  });

  test.each([
    [999, '999 files'],
    [1000, '1000 files'],
    [1001, tooMany('the tar has more than 4003 headers')],
  ])('%i files in a folder each, with a pax header before all: %s', (count, expected) => {
    const all = many(count, (n) => [...withPax(folder(`d${n}/`)), ...withPax(empty(`d${n}/f`))]);
    const ofAll = file('g', { type: 'g', content: paxRecord('comment', 'made by hand') });
    expect(said([ofAll, ...withPax(folder('./')), ...all])).toBe(expected);
  });

  test.each([
    [999, '600 files'],
    [1000, '600 files'],
    [1001, tooMany('the package has more than 1000 folders')],
  ])('%i folders, of which nothing but names of files tells: %s', (count, expected) => {
    expect(said(inFolders(count).map(empty))).toBe(expected);
  });

  test.each([
    [4002, '1 files'],
    [4003, '1 files'],
    [4004, tooMany('the tar has more than 4003 headers')],
  ])('%i headers, most of one folder: %s', (count, expected) => {
    expect(said([...many(count - 1, () => [folder('a/')]), empty('a/f')])).toBe(expected);
  });
});

describe('a tar that is streamed to quarantine', () => {
  const bytes = tar([file('a'), file('b')]);

  test('lies there byte for byte, and was hashed on the way', async () => {
    const path = join(place, 'received');
    const received = await receiveTar(chunks(bytes, 1000), path);
    if (received.kind !== 'package') throw new Error('refused');
    expect(readFileSync(path)).toEqual(bytes);
    expect([received.size, received.sha256]).toEqual([bytes.length, sha256(bytes)]);
    expect(await received.package.read('b')).toEqual(IMAGE);
    await received.package.close();
  });

  test.for([
    [-1, false],
    [0, true],
    [1, true],
  ] as const)('with a limit of its size and %i is taken: %s', async ([more, isTaken]) => {
    const path = join(place, `limit${more}`);
    const received = await receiveTar(chunks(bytes, 700), path, bytes.length + more);
    expect([received.kind === 'package', existsSync(path)]).toEqual([isTaken, isTaken]);
    if (received.kind === 'package') await received.package.close();
    else expect(received.reason.code).toBe('package-too-large');
  });

  test('is not read further than to what breaks a rule, and leaves nothing', async () => {
    const path = join(place, 'hostile');
    let read = 0;
    async function* endless(): AsyncGenerator<Uint8Array> {
      yield tar([file('../a')]);
      for (;;) {
        read += 1;
        yield Buffer.alloc(1000);
      }
    }
    const received = await receiveTar(endless(), path);
    expect(received).toMatchObject({ reason: { code: 'package-entry' } });
    expect([read, existsSync(path)]).toEqual([0, false]);
  });

  test('leaves nothing when its sender breaks off', async () => {
    const path = join(place, 'broken-off');
    async function* broken(): AsyncGenerator<Uint8Array> {
      yield bytes.subarray(0, 700);
      throw new Error('connection lost');
    }
    await expect(receiveTar(broken(), path)).rejects.toThrow('connection lost');
    expect(existsSync(path)).toBe(false);
  });

  test('does not write over what lies there already', async () => {
    const path = join(place, 'there');
    writeFileSync(path, 'kept');
    await expect(receiveTar(chunks(bytes, 100), path)).rejects.toThrow('EEXIST');
    expect(readFileSync(path, 'utf8')).toBe('kept');
  });
});

describe('a folder', () => {
  test('with a link is refused', async () => {
    const folder = writeFolder(join(place, 'linked'), contents());
    symlinkSync('/etc/passwd', join(folder, 'link'));
    expect(await openFolder(folder)).toMatchObject({
      reason: { code: 'package-entry', text: '`link` is neither a file nor a folder' },
    });
  });

  test('with an empty folder in it is refused', async () => {
    const folder = writeFolder(join(place, 'hollow'), contents());
    mkdirSync(join(folder, 'nothing'));
    expect(await openFolder(folder)).toMatchObject({
      reason: { code: 'package-entry', text: 'the folder `nothing` is empty' },
    });
  });

  test.each([
    [999, 'files', 'taken'],
    [1000, 'files', 'taken'],
    [1001, 'files', 'the package has more than 1000 files'],
    [999, 'folders', 'taken'],
    [1000, 'folders', 'taken'],
    [1001, 'folders', 'the package has more than 1000 folders'],
  ])('of %i %s: %s', async (count, what, expected) => {
    const files =
      what === 'folders' ? inFolders(count) : Array.from({ length: count }, (_, n) => `f${n}`);
    const path = join(place, `${count}-${what}`);
    writeFolder(path, new Map(files.map((name) => [name, Buffer.of()])));
    const opened = await openFolder(path);
    expect(opened.kind === 'refused' ? opened.reason.text : 'taken').toBe(expected);
  });

  test('that is larger than it may be is refused', async () => {
    const folder = writeFolder(join(place, 'large'), contents());
    expect(await openFolder(folder, 100)).toMatchObject({ reason: { code: 'package-too-large' } });
  });
});
