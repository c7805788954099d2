import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, describe, expect, test } from 'vitest';
import { sbomChecker } from '#sbom/cyclonedx/check.ts';
import { SPEC_VERSIONS } from '#sbom/cyclonedx/schema.ts';
import { areUnique } from '#sbom/cyclonedx/unique-items.ts';
import { openSbomValidator, type SbomLimits } from '#sbom/cyclonedx/validator.ts';
import { json, SBOM } from '../../support/firmware/package.ts';

const CORPUS = '../shared/sbom/cyclonedx';
const VERSIONS = ['1.2', '1.3', '1.4', '1.5', '1.6', '1.7'];
const haveCorpus = existsSync(CORPUS);
if (!haveCorpus) console.log(`${CORPUS} is not here: tests on the official SBOMs are skipped`);

const check = sbomChecker();

describe.skipIf(!haveCorpus)('the official test files of CycloneDX', () => {
  const files = VERSIONS.flatMap((version) =>
    readdirSync(join(CORPUS, version))
      .filter((name) => /^(in)?valid-.*\.json$/.test(name))
      .map((name) => ({ version, name, isValid: name.startsWith('valid-') })),
  );

  test('are all here: 218 valid, 139 invalid', () => {
    const valid = files.filter(({ isValid }) => isValid).length;
    expect([valid, files.length - valid]).toEqual([218, 139]);
  });

  test.for(VERSIONS)('of version %s get the official verdict', (version) => {
    const isAccepted = SPEC_VERSIONS.some((accepted) => accepted === version);
    const wrong = files
      .filter((file) => file.version === version)
      .flatMap(({ name, isValid }) => {
        const answer = check(readFileSync(join(CORPUS, version, name)));
        const given = answer.kind === 'sbom' ? 'valid' : answer.reason.code;
        const official = isValid ? 'valid' : 'sbom-invalid';
        const expected = isAccepted ? official : 'sbom-version';
        return given === expected ? [] : [{ name, expected, given, answer }];
      });
    expect(wrong).toEqual([]);
  });
});

describe('an SBOM', () => {
  const codeOf = (bytes: Uint8Array) => {
    const answer = check(bytes);
    return answer.kind === 'sbom' ? 'valid' : answer.reason.code;
  };

  test.each([
    ['SPDX 2', { spdxVersion: 'SPDX-2.3' }, 'sbom-version'],
    ['a version yet to come', { ...SBOM, specVersion: '2.0' }, 'sbom-version'],
    ['a version that is none', { ...SBOM, specVersion: 1.6 }, 'sbom-version'],
    ['another format with a version', { specVersion: '1.6' }, 'sbom-invalid'],
    ['a list', [], 'sbom-version'],
    ['nothing', null, 'sbom-invalid'],
    [
      'the same component twice',
      { ...SBOM, components: [SBOM.components[0], SBOM.components[0]] },
      'sbom-invalid',
    ],
  ])('%s', (_, value, code) => {
    expect(codeOf(json(value))).toBe(code);
  });

  const many = (count: number, unit: string): Buffer => {
    const [head = '', tail = ''] = JSON.stringify({ ...SBOM, components: ['?'] }).split('"?"]');
    const items = Buffer.alloc(count * (unit.length + 1), `${unit},`);
    return Buffer.concat([Buffer.from(head), items.subarray(0, -1), Buffer.from(`]${tail}`)]);
  };

  test.each([
    ['objects', '{}'],
    ['lists', '[]'],
    ['texts', '""'],
  ])('of 63 MiB of empty %s is refused before anything is made of them', (_, unit) => {
    const answer = check(many((63 * 1024 * 1024) / (unit.length + 1), unit));
    if (answer.kind !== 'refused') throw new Error('it was taken');
    expect(answer.reason.code).toBe('sbom-too-large');
    expect(answer.reason.text).toMatch(
      /^the SBOM: line 1, column \d+: there are more than 3000000 values$/,
    );
  });

  test('of one byte more than 64 MiB is refused with both numbers', () => {
    expect(check(Buffer.alloc(64 * 1024 * 1024 + 1, ' '))).toMatchObject({
      reason: {
        code: 'sbom-too-large',
        text: 'the SBOM: has 67108865 bytes, and 67108864 are allowed',
      },
    });
  });

  test.each([
    [50_000, 'sbom-invalid'],
    [50_001, 'sbom-too-large'],
  ])('of %i components is bounded before its schema is asked: %s', (count, code) => {
    expect(codeOf(many(count, '{}'))).toBe(code);
  });

  test('has the components of its product, those inside of others too, and no tools', () => {
    const [zlib] = SBOM.components;
    const inside = (ref: string, components: readonly object[]) => ({
      ...zlib,
      'bom-ref': ref,
      components,
    });
    const ofRoot = inside('a', [inside('b', [])]);
    const answer = check(
      json({
        ...SBOM,
        metadata: {
          component: { ...SBOM.metadata.component, components: [ofRoot] },
          tools: { components: [inside('tool', [])] },
        },
        components: [zlib, inside('c', [inside('d', [inside('e', [])])])],
      }),
    );
    expect(answer).toMatchObject({ kind: 'sbom', components: 6, reasons: [] });
  });

  test('says where its fault lies', () => {
    expect(check(json({ ...SBOM, components: [{ type: 'library' }] }))).toMatchObject({
      reason: {
        text: "the SBOM is no valid CycloneDX: `/components/0 must have required property 'name'`",
      },
    });
  });

  test('never throws, whatever it is', () => {
    const edits = fc.record({
      path: fc.constantFrom(
        'specVersion',
        'components',
        'metadata',
        'dependencies',
        'bomFormat',
        'x',
      ),
      value: fc.jsonValue({ maxDepth: 4 }),
    });
    fc.assert(
      fc.property(edits, ({ path, value }) => {
        expect(['sbom', 'refused']).toContain(check(json({ ...SBOM, [path]: value })).kind);
      }),
    );
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 40 }), (bytes) => {
        expect(check(bytes).kind).toBe('refused');
      }),
    );
  });
});

test('items are unique as comparing each with each says', () => {
  const item = fc.jsonValue({ maxDepth: 3 });
  const isSame = (a: unknown, b: unknown): boolean => {
    if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null) return a === b;
    if (Array.isArray(a) !== Array.isArray(b)) return false;
    const [left, right] = [Object.entries(a), new Map<string, unknown>(Object.entries(b))];
    return (
      left.length === right.size &&
      left.every(([name, value]) => right.has(name) && isSame(value, right.get(name)))
    );
  };
  fc.assert(
    fc.property(fc.array(item, { maxLength: 6 }), fc.nat(6), (items, again) => {
      const all =
        items.length === 0 ? items : [...items, structuredClone(items[again % items.length])];
      for (const list of [items, all]) {
        const pairs = list.flatMap((a, at) => list.slice(at + 1).map((b) => isSame(a, b)));
        expect(areUnique(list)).toBe(!pairs.includes(true));
      }
    }),
  );
});

/** Process ids of those that this process has started and that still run. */
const children = (): readonly number[] =>
  readdirSync('/proc/self/task')
    .flatMap((task) => readFileSync(`/proc/self/task/${task}/children`, 'utf8').split(' '))
    .filter((pid) => pid !== '')
    .map(Number);

describe('the process that checks SBOMs', () => {
  const validator = openSbomValidator();
  afterAll(() => validator.close());

  test('answers what was asked at once one after the other', async () => {
    const answers = await Promise.all([
      validator.check(json(SBOM)),
      validator.check(json({ ...SBOM, specVersion: '1.2' })),
      validator.check(json({ ...SBOM, specVersion: '1.4' })),
    ]);
    expect(answers.map(({ kind }) => kind)).toEqual(['sbom', 'refused', 'sbom']);
  });

  const large = json({
    ...SBOM,
    components: Array.from({ length: 50_000 }, (_, n) => ({
      type: 'library',
      name: `c${n}`,
      properties: [{ name: 'n', value: `${n}` }],
    })),
  });

  test.for<[string, SbomLimits, RegExp]>([
    ['that takes too long', { heapMiB: 256, patienceMs: () => 1 }, /not done after 1 ms/],
    ['that takes all memory', { heapMiB: 24, patienceMs: () => 60_000 }, /ended with SIGABRT/],
  ])('gives no verdict about one %s, and goes on with the next', async ([, limits, why]) => {
    const strained = openSbomValidator({
      ...limits,
      patienceMs: (size) => (size === large.length ? limits.patienceMs(size) : 60_000),
    });
    const [first, second] = await Promise.allSettled([
      strained.check(large),
      strained.check(json({ ...SBOM, specVersion: '1.2' })),
    ]);
    expect(first).toMatchObject({ status: 'rejected', reason: { code: 'validator' } });
    expect(String(first.status === 'rejected' && first.reason)).toMatch(why);
    expect(second).toMatchObject({ status: 'fulfilled', value: { kind: 'refused' } });
    await strained.close();
    expect((await validator.check(large)).kind).toBe('sbom');
  });

  test('may be killed, at work or idle, and the next question starts another', async () => {
    const own = openSbomValidator();
    const startedBy = async (ask: () => Promise<unknown>): Promise<number> => {
      const before = new Set(children());
      await ask();
      const [pid, ...others] = children().filter((child) => !before.has(child));
      // a signal to 0 would end the whole group
      if (pid === undefined || others.length > 0) throw new Error('one process was expected');
      return pid;
    };
    const small = () => own.check(json(SBOM));
    const atWork = await startedBy(small);
    const asked = own.check(large);
    setImmediate(() => process.kill(atWork, 'SIGKILL'));
    await expect(asked).rejects.toMatchObject({ code: 'validator' });
    const idle = await startedBy(small);
    process.kill(idle, 'SIGKILL');
    await expect.poll(children).not.toContain(idle);
    expect((await small()).kind).toBe('sbom');
    await own.close();
  });

  test('is started anew by who asks after it was closed', async () => {
    const answers = [validator.check(json(SBOM)), validator.check(json(SBOM))];
    expect((await Promise.all(answers)).map(({ kind }) => kind)).toEqual(['sbom', 'sbom']);
    await validator.close();
    expect((await validator.check(json(SBOM))).kind).toBe('sbom');
  });
});
