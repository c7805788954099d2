import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { loadSensorConfig } from '#sensor/run/config.ts';

const load = (text: string) => loadSensorConfig(text, '/etc/lockkeeper', '/opt/rules');

describe('a config file', () => {
  test('has few words', () => {
    expect(load('name: s1\ndata: data\ncapture: { interface: eth1 }')).toEqual({
      kind: 'ok',
      config: {
        name: 's1',
        data: '/etc/lockkeeper/data',
        capture: {
          kind: 'live',
          interface: 'eth1',
          filter: '',
          backend: 'auto',
          promiscuous: true,
        },
        plant: undefined,
        rules: '/opt/rules',
        learnFor: 0,
        inventoryEvery: 60 * 1e6,
      },
    });
  });

  test('may say more', () => {
    const text = `
name: s1
data: /var/lib/lockkeeper
capture: { replay: plant.pcap, loop: false }
plant: plant.yaml
rules: rules
learn: { for: 14d }
inventory: { every: 5s }
`;
    expect(load(text)).toMatchObject({
      config: {
        data: '/var/lib/lockkeeper',
        capture: { kind: 'replay', file: '/etc/lockkeeper/plant.pcap', loop: false },
        plant: '/etc/lockkeeper/plant.yaml',
        rules: '/etc/lockkeeper/rules',
        learnFor: 14 * 86_400 * 1e6,
        inventoryEvery: 5 * 1e6,
      },
    });
  });

  const GOOD = 'name: s1\ndata: d\ncapture: { interface: lo }\n';
  test.each([
    ['an unknown key', `${GOOD}colour: red`, /unrecognized key: "colour"/],
    ['a missing one', 'name: s1\ncapture: { interface: lo }', /^data: /],
    ['a name that is none', GOOD.replace('s1', "'a b'"), /^name: must be 1-64 letters/],
    ['a capture of nothing', GOOD.replace('interface: lo', ''), /^capture\.interface: /],
    [
      'a capture of both',
      GOOD.replace('lo', 'lo, replay: x'),
      /^capture: unrecognized key: "interface"/,
    ],
    ['a capture that is none', GOOD.replace('{ interface: lo }', 'lo'), /^capture: /],
    ['another backend', GOOD.replace('lo', 'lo, backend: magic'), /^capture\.backend: /],
    ['no time at all', `${GOOD}inventory: { every: 0s }`, /^inventory\.every: must be at least 1s/],
    ['a time that is none', `${GOOD}learn: { for: soon }`, /^learn\.for: must be a duration like/],
    ['a double key', `${GOOD}name: s2`, /unique/],
    ['an alias', `${GOOD}rules: &x [*x]`, /./],
    ['no map', '[]', /./],
    ['nothing', '', /./],
    ['too much', `${GOOD}#${'x'.repeat(70_000)}`, /more than 65536 bytes/],
  ])('with %s is refused by its path', (_name, text, said) => {
    const loaded = load(text);
    expect(loaded.kind === 'faulty' && loaded.faults.join('\n')).toMatch(said);
  });

  test('tells all faults at once', () => {
    const loaded = load('name: "a b"\ndata: ""\ncapture: { interface: "" }\nlearn: { for: x }');
    expect(loaded.kind === 'faulty' && loaded.faults).toHaveLength(4);
  });

  test('tells all faults of its capture at once', () => {
    const loaded = load('name: s1\ndata: d\ncapture: { replay: "", loop: often, interface: lo }');
    const paths = loaded.kind === 'faulty' ? loaded.faults.map((each) => each.split(':')[0]) : [];
    expect(paths).toEqual(['capture.replay', 'capture.loop', 'capture']);
  });

  test('of any text gives an answer', () => {
    fc.assert(fc.property(fc.string(), (text) => void load(text)));
  });
});
