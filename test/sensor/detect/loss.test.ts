import { expect, test } from 'vitest';
import { start } from '#sensor/detect/detector.ts';
import { lossDetector, PACKET_LOSS } from '#sensor/detect/loss.ts';
import { exchange, health } from '../../support/exchange.ts';

const inspect = start(lossDetector());
const see = (event: Parameters<typeof inspect>[0]) => inspect(event, event.at);

test('lost packets are a fact, none are not', () => {
  expect(see(health({ dropped: 0 }))).toEqual([]);
  expect(see(health({ received: 1000, dropped: 12 }))).toEqual([
    { name: PACKET_LOSS, text: '12 packets of 1000 were lost (1.2 %) on span0' },
  ]);
  expect(see(health({ received: 1_000_000, dropped: 1 }))[0]?.text).toContain('less than 0.1 %');
  expect(see(health({ received: 5, dropped: 5 }))[0]?.text).toContain('100.0 %');
  expect(see(exchange())).toEqual([]);
});
