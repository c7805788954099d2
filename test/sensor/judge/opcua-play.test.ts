import { expect, test } from 'vitest';
import { playOpcua } from '#sensor/judge/opcua-play.ts';
import { T0 } from '../../support/exchange.ts';

test.each([
  ['i=2258', { id: 'i=2258', uri: 'nsu=http://opcfoundation.org/UA/;i=2258' }],
  ['ns=2;s=Level', { id: 'ns=2;s=Level', unseen: true }],
])('of a server whose namespaces nobody has asked for, %s is named as on the wire', (id, node) => {
  const exchange = playOpcua(
    {
      kind: 'exchange',
      at: 0,
      from: '10.0.2.10',
      to: { ip: '10.0.1.20', port: 4840 },
      ask: `opcua read ${id}`,
      answer: { kind: 'ok' },
      times: 1,
      every: 1,
    },
    T0,
    1,
  );
  expect(exchange?.operations).toMatchObject([{ kind: 'read', object: { node } }]);
});
