import { describe, expect, test } from 'vitest';
import { parseConfig } from '#broker/config.ts';

const GOOD = `
data: ./data
policy: plant.yaml
rules: /srv/rules
listen:
  web: { host: 127.0.0.1, port: 8443 }
  loopback: { host: 127.0.0.1, port: 8080 }
  gate: { host: 127.0.0.1, port: 8444 }
  sensors: { host: 127.0.0.1, port: 8445 }
sign_in: { demo: true }
gate: { address: 127.20.10.1 }
`;

const faultsOf = (text: string): readonly string[] => {
  const outcome = parseConfig(text, '/etc/lockkeeper');
  return outcome.kind === 'config' ? [] : outcome.faults.map((f) => `${f.path}: ${f.message}`);
};

describe('broker configuration', () => {
  test('relative paths are taken from the folder of the file', () => {
    const outcome = parseConfig(GOOD, '/etc/lockkeeper');
    expect(outcome).toMatchObject({
      kind: 'config',
      config: {
        data: '/etc/lockkeeper/data',
        policy: '/etc/lockkeeper/plant.yaml',
        rules: '/srv/rules',
        signIn: { demo: true },
      },
    });
  });

  test.for([
    ['an unknown key', GOOD.replace('policy:', 'polcy:'), 'polcy'],
    ['a missing listener', GOOD.replace(/ {2}gate: \{ host.*\n/, ''), 'listen.gate'],
    ['a port out of range', GOOD.replace('8443', '84430'), 'listen.web.port'],
    [
      'a host name where an address is due',
      GOOD.replace('127.20.10.1', 'gate.local'),
      'gate.address',
    ],
    ['an alias', `${GOOD}\nx: &a [1]\ny: *a\n`, 'aliases'],
    ['a key given twice', `${GOOD}\ndata: /elsewhere\n`, 'unique'],
    ['no way to sign in', GOOD.replace('{ demo: true }', '{}'), 'nobody could sign in'],
    [
      'the demo on a reachable address',
      GOOD.replace('web: { host: 127.0.0.1', 'web: { host: 10.1.2.3'),
      'sign_in.demo: lets anybody in',
    ],
    [
      'the demo on every address',
      GOOD.replace('web: { host: 127.0.0.1', 'web: { host: 0.0.0.0'),
      'sign_in.demo: lets anybody in',
    ],
    [
      'plain HTTP beyond loopback',
      GOOD.replace('loopback: { host: 127.0.0.1', 'loopback: { host: 192.0.2.1'),
      'listen.loopback.host: `192.0.2.1` is not a loopback address',
    ],
    ['plain HTTP as public address', `${GOOD}\npublic_url: http://broker.example\n`, 'public_url'],
    ['a text that is no mapping', 'just words', 'expected object'],
    ['an empty file', '', 'expected object'],
  ] as const)('%s is refused with its path', ([, text, expected]) => {
    expect(faultsOf(text).join('\n')).toContain(expected);
  });

  test('firmware is taken where a trust folder is named, of up to 8 GiB or less', () => {
    const read = (text: string) => {
      const outcome = parseConfig(`${GOOD}${text}`, '/etc/lockkeeper');
      return outcome.kind === 'config' ? outcome.config.firmware : outcome.faults;
    };
    const GIB = 1024 ** 3;
    expect(read('')).toBeUndefined();
    expect(read('firmware: { trust: trust }\n')).toEqual({
      trust: '/etc/lockkeeper/trust',
      maxBytes: 8 * GIB,
    });
    const limited = (bytes: number) => read(`firmware: { trust: /t, max_bytes: ${bytes} }\n`);
    expect(limited(8 * GIB)).toEqual({ trust: '/t', maxBytes: 8 * GIB });
    for (const wrong of [0, 8 * GIB + 1]) {
      expect(limited(wrong)).toMatchObject([{ path: 'firmware.max_bytes' }]);
    }
  });

  test('all faults are reported together', () => {
    const text = GOOD.replace('8443', '-1').replace('8444', '99999').replace('rules:', 'rulez:');
    const faults = faultsOf(text).join('\n');
    expect(faults).toContain('listen.web.port');
    expect(faults).toContain('listen.gate.port');
    expect(faults).toContain('rulez');
  });

  test('a file beyond every configuration is not parsed', () => {
    expect(faultsOf('#'.repeat(64 * 1024 + 1)).join()).toContain('larger than');
  });
});
