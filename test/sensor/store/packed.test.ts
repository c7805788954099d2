import { expect, test } from 'vitest';
import { keptOf } from '#sensor/store/kept-exchange.ts';
import { pack, unpack } from '#sensor/store/packed.ts';
import { alert } from '../../support/alert.ts';
import { batch } from '../../support/batch.ts';
import { exchange, write } from '../../support/exchange.ts';

test('a batch comes out as it was packed', () => {
  const facts = [{ name: 'a.fact', text: 'Überlauf 😀' }];
  const exchanges = [
    exchange({ at: 1 }),
    exchange({ at: 2, from: '10.0.9.9' }),
    write({ at: 3 }),
    { ...exchange({ at: 4 }), facts },
    exchange({ at: 5, exception: 2 }),
    write({ at: 6, values: [7] }),
  ].map(keptOf);
  const whole = batch({ alerts: [alert(1)], exchanges });
  expect(structuredClone(unpack(structuredClone(pack(whole))))).toEqual(whole);
  expect(unpack(pack(batch({})))).toEqual(batch({}));
});
