import { describe, expect, test } from 'vitest';
import { readOptions } from '#broker/connect/options.ts';

const GRANT = 'gr_0123456789abcdef01234567';
const PIN = `sha256/${'A'.repeat(43)}`;
const LINE = [GRANT, '--broker', 'https://127.0.0.1:8443', '--pin', PIN];

describe('the connect line', () => {
  test('as the portal shows it', () => {
    expect(readOptions(LINE)).toEqual({
      kind: 'options',
      options: { grant: GRANT, broker: 'https://127.0.0.1:8443', pin: 'A'.repeat(43), json: false },
    });
  });

  test.for([
    ['no grant', LINE.slice(1), 'grant'],
    ['a session instead of a grant', ['ses_0123456789abcdef', ...LINE.slice(1)], 'grant'],
    ['two grants', [GRANT, ...LINE], 'grant'],
    ['no broker', [GRANT, '--pin', PIN], '--broker'],
    ['plain http', [GRANT, '--broker', 'http://127.0.0.1', '--pin', PIN], '--broker'],
    ['no pin', LINE.slice(0, 3), '--pin'],
    ['half a pin', [...LINE.slice(0, 4), 'sha256/AAAA'], '--pin'],
    ['a port for everybody', [...LINE, '--listen', '0.0.0.0:5020'], '--listen'],
    ['a port that is none', [...LINE, '--listen', '127.0.0.1:70000'], '--listen'],
    ['an unknown option', [...LINE, '--insecure'], '--insecure'],
  ] as const)('%s is refused by name', ([, args, named]) => {
    const read = readOptions(args);
    expect(read.kind).toBe('wrong');
    expect(read.kind === 'wrong' ? read.why : '').toContain(named);
  });
});
