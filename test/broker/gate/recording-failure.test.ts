import { expect, test } from 'vitest';
import { recordingFailureMode } from '#broker/gate/recording-failure.ts';
import type { Conduit } from '#policies/plant.ts';
import { PLANT } from '../../support/broker-site.ts';

type Mode = Conduit['onRecordingFailure'];

const gate = (to: string, onRecordingFailure: Mode): Conduit => ({
  id: `to-${to}`,
  from: 'dmz',
  to,
  via: 'gate',
  allow: [],
  onRecordingFailure,
  why: '',
  at: { file: 'plant.yaml', line: 1 },
});
const direct = (to: string, mode: Mode): Conduit => ({ ...gate(to, mode), via: 'direct' });

test.each<[string, readonly Conduit[], Mode]>([
  ['one conduit to its zone', [gate('cell-1', 'continue')], 'continue'],
  ['one to the asset itself', [gate('plc-12', 'stop-writes')], 'stop-writes'],
  ['one to the zone around', [gate('plant', 'continue')], 'continue'],
  [
    'several: the strictest',
    [gate('cell-1', 'continue'), gate('plant', 'stop-session')],
    'stop-session',
  ],
  ['none', [], 'stop-session'],
  ['one to another zone only', [gate('cell-2', 'continue')], 'stop-session'],
  ['a direct one, which is not ours', [direct('cell-1', 'continue')], 'stop-session'],
])('an asset reached by %s', (_, conduits, mode) => {
  expect(recordingFailureMode({ ...PLANT, conduits }, 'plc-12')).toBe(mode);
});

test('without a policy everything stops', () => {
  expect(recordingFailureMode(undefined, 'plc-12')).toBe('stop-session');
});
