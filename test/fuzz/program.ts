/**
 * Builds the targets into one program with a counter in every branch, and runs it in this process.
 *
 * The program is plain CommonJS, compiled by itself: what a test runner does to modules on the way would be
 * counted as well.
 */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { compileFunction } from 'node:vm';
import { build, type Plugin } from 'vite';
import { instrument } from './instrument.ts';
import type { Target } from './target.ts';

const ROOT = join(import.meta.dirname, '../..');

/** A change of one file of the product, for showing that it would be found. */
export interface Change {
  /** From the root of the project: `sensor/decode/opcua/binary.ts`. */
  readonly file: string;
  /** Text that stands in it once. */
  readonly from: string;
  readonly to: string;
}

/** How often each branch was taken since it was last cleared, and which ones were at all. */
export interface Trace {
  readonly counts: Uint32Array;
  readonly taken: Uint32Array;
  /** Branches in `taken`. */
  length: number;
  /** How many may still be taken; the next one throws, so that what runs in a circle ends. */
  left: number;
}

export interface Program {
  readonly targets: readonly Target[];
  readonly trace: Trace;
}

/** The counters are the program's own, so that calls of it can be inlined. */
const PROLOGUE = `
const { counts: __counts, taken: __taken } = __trace;
function __hit(branch) {
  if (__counts[branch]++ === 0) __taken[__trace.length++] = branch;
  if (__trace.left-- === 0) throw new Error('more branches were taken than its length accounts for');
}
`;

export async function buildProgram(change?: Change): Promise<Program> {
  const folder = mkdtempSync(join(tmpdir(), 'lockkeeper-fuzz-'));
  try {
    await build({
      configFile: false,
      root: ROOT,
      logLevel: 'error',
      plugins: change === undefined ? [] : [planting(change)],
      ssr: { noExternal: true },
      build: {
        ssr: join(import.meta.dirname, 'targets/all.ts'),
        outDir: folder,
        emptyOutDir: true,
        minify: false,
        rolldownOptions: {
          output: { format: 'cjs', entryFileNames: 'targets.cjs', codeSplitting: false },
        },
      },
    });
    return load(readFileSync(join(folder, 'targets.cjs'), 'utf8'));
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function load(source: string): Program {
  const { code, branches } = instrument(source);
  const trace = {
    counts: new Uint32Array(branches),
    taken: new Uint32Array(branches),
    length: 0,
    // Building its tables is not counted.
    left: -1,
  };
  const main = compileFunction(PROLOGUE + code, ['require', 'exports', '__trace'], {
    filename: 'targets.cjs',
  });
  const exported: { TARGETS?: readonly Target[] } = {};
  main(createRequire(import.meta.url), exported, trace);
  if (exported.TARGETS === undefined) throw new Error('the program has no targets');
  return { targets: exported.TARGETS, trace };
}

/** Changes the product on its way into the program. A text that is not there once is a mistake in the list. */
function planting({ file, from, to }: Change): Plugin {
  const path = join(ROOT, file);
  return {
    name: 'planting',
    enforce: 'pre',
    transform(code, id) {
      if (id !== path) return undefined;
      if (code.split(from).length !== 2) throw new Error(`\`${from}\` stands not once in ${file}`);
      return code.replace(from, () => to);
    },
  };
}
