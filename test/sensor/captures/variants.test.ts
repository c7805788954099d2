import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { readCaptureFile } from '#sensor/capture/file.ts';
import type { SensorEvent } from '#sensor/model/event.ts';
import {
  factCounts,
  haveSharedCaptures,
  isModbus,
  readCapture,
  SHARED_CAPTURES,
} from '../../support/captures.ts';

/** One capture in many shapes: each must decode like the first, except where its name says otherwise. */
const pathOf = (shape: string) =>
  join(SHARED_CAPTURES, `_derived/variants/modbus_icsnpp.${shape}.pcap`);
const read = (shape: string) => readCapture(pathOf(shape));

/** What was said, without when and in which frames. */
const said = (events: readonly SensorEvent[]) =>
  events.flatMap((event) =>
    isModbus(event) ? [{ modbus: event.modbus, outcome: event.outcome }] : [],
  );

/** Functions 20 and 21 are asked there for no record at all, and answered with none. */
const FAULTS = { 'modbus.byte-count': 4 };

describe.runIf(haveSharedCaptures())('one capture in many shapes', () => {
  let base: ReturnType<typeof said> = [];

  const asked = ({ modbus }: (typeof base)[number]) => [modbus.transactionId, modbus.functionCode];

  beforeAll(() => {
    const { events } = read('base');
    base = said(events);
    expect(base).toHaveLength(24);
    expect(factCounts(events)).toEqual(FAULTS);
  });

  test.for([
    ['vlan100', 'an 802.1Q tag'],
    ['qinq', 'two tags'],
    ['qinq9100', 'two tags, the outer one of an old kind'],
    ['seg1', 'segments of one byte'],
    ['seg7', 'segments of seven bytes, less than a header'],
    ['ooo', 'segments in another order'],
    ['dup', 'each segment twice'],
    ['overlap', 'segments that overlap'],
    ['nosyn', 'no handshake'],
    ['ipfrag', 'IP fragments'],
    ['gretap', 'GRE with Ethernet'],
    ['vxlan', 'VXLAN'],
  ] as const)('%s: %s', ([shape]) => {
    const { events } = read(shape);
    expect(said(events)).toEqual(base);
    expect(factCounts(events)).toEqual(FAULTS);
  });

  test('gap: all but what was lost, and the loss is said', () => {
    const { events, counters } = read('gap');
    const lost = base.filter(
      (b) => !said(events).some((s) => JSON.stringify(s) === JSON.stringify(b)),
    );
    expect(lost).toHaveLength(1);
    expect(factCounts(events)).toEqual({ ...FAULTS, 'stream.gap': 1 });
    expect(counters.links.accounts()).toMatchObject([{ lostBytes: 14, holes: 1, oneWay: 0 }]);
  });

  test('oneway: every request, without an answer and without a fault', () => {
    const { events, counters } = read('oneway');
    expect(counters.links.accounts()).toMatchObject([{ lostBytes: 0, bothWays: 0, oneWay: 2 }]);
    // Without answers an exchange is told when waiting ends, so the order is another.
    expect(said(events).map(asked).sort()).toEqual(base.map(asked).sort());
    expect(said(events).every(({ outcome }) => outcome === 'unknown')).toBe(true);
    expect(factCounts(events)).toEqual({ 'modbus.byte-count': 2 });
  });

  test('cutfile: what stands before the cut, and the cut is said', () => {
    const { events, result } = read('cutfile');
    expect(said(events).slice(0, 14)).toEqual(base.slice(0, 14));
    expect(result).toMatchObject({ kind: 'read', faults: [{ name: 'capture.truncated' }] });
  });

  test('snap62: nothing can be read of messages cut to one byte, and that is counted', () => {
    const { events, counters } = read('snap62');
    expect(said(events)).toEqual([]);
    expect(counters.stream.gaps).toBeGreaterThan(0);
    expect(counters.links.accounts()).toMatchObject([{ lostBytes: 0, holes: 0 }]);
  });

  /** Bytes of each frame of a shape, by its number. */
  const framesOf = (shape: string): Map<number, string> => {
    const frames = new Map<number, string>();
    readCaptureFile(pathOf(shape), ({ bytes, offset, capturedLength, number }) => {
      const frame = bytes.subarray(offset, offset + capturedLength);
      frames.set(number, Buffer.from(frame).toString('hex'));
    });
    return frames;
  };

  test.for(['err0.005_s1', 'err0.02_s2', 'err0.1_s3', 'err_all_s4'])(
    '%s: bit errors become facts, and an exchange of frames without any is one that was there',
    (shape) => {
      const { events } = read(shape);
      expect(Object.keys(factCounts(events)).length).toBeGreaterThan(0);
      const [right, wrong] = [framesOf('base'), framesOf(shape)];
      const untouched = events
        .filter(isModbus)
        .filter(({ frames }) =>
          [...frames.request, ...frames.response].every((n) => right.get(n) === wrong.get(n)),
        );
      const whole = untouched.filter(
        ({ frames }) => frames.request.length > 0 && frames.response.length > 0,
      );
      for (const exchange of said(whole)) expect(base).toContainEqual(exchange);
      // Whose other half was touched is that half alone.
      for (const half of said(untouched).map(asked)) expect(base.map(asked)).toContainEqual(half);
    },
  );
});
