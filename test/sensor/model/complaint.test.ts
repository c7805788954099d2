import { readFileSync } from 'node:fs';
import { type ParseArgsConfig, parseArgs } from 'node:util';
import { expect, test } from 'vitest';
import { optionFault, refusalOf } from '#sensor/model/complaint.ts';

/** What `work` throws. */
function thrown(work: () => unknown): unknown {
  try {
    work();
  } catch (error) {
    return error;
  }
  throw new Error('nothing was thrown');
}

const options: ParseArgsConfig['options'] = {
  stats: { type: 'string', short: 's' },
  learn: { type: 'boolean' },
};

test.each([
  [['--bogus'], 'unknown option `--bogus`'],
  [['-x'], 'unknown option `-x`'],
  [['--stats'], 'option `-s` needs a value'],
  [['--stats', '--learn'], 'option `--stats` needs a value'],
  [['--learn=yes'], 'option `--learn` takes no value'],
  [['here'], 'unexpected argument `here`'],
])('what Node says to %j is said short', (args, words) => {
  expect(optionFault(thrown(() => parseArgs({ args, options })))).toBe(words);
});

test.each([
  ['/nonexistent/file', 'no such file or directory'],
  ['/', 'illegal operation on a directory'],
])('why %s cannot be read is said without code and call', (path, words) => {
  expect(refusalOf(thrown(() => readFileSync(path)))).toBe(words);
});

test('any other error keeps its own words', () => {
  expect(refusalOf(new Error('the rules folder is empty'))).toBe('the rules folder is empty');
  expect(optionFault(new Error('something else'))).toBe('something else');
});
