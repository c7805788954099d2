import { expect, test } from 'vitest';
import { SegmentPool } from '#sensor/stream/pending.ts';

test.for([1, 12, 256, 257, 1448, 2048, 2049, 60_000])(
  'a waiting segment of %d bytes is counted with all the room that it takes',
  (length) => {
    const pool = new SegmentPool();
    const segments = Array.from({ length: 3 }, () => pool.take(length));
    const room = segments.reduce((sum, { bytes }) => sum + bytes.length, 0);
    expect(pool.waitingBytes).toBe(room);
    expect(room).toBeLessThanOrEqual(3 * Math.max(256, length <= 2048 ? 2048 : length));
    for (const segment of segments) pool.release(segment);
    expect(pool.waitingBytes).toBe(0);
  },
);

test('a short segment takes little room, and its buffer is used again for a short one alone', () => {
  const pool = new SegmentPool();
  const short = pool.take(12);
  expect(short.bytes).toHaveLength(256);
  pool.release(short);
  expect(pool.take(1448).bytes).toHaveLength(2048);
  expect(pool.take(200)).toBe(short);
});
