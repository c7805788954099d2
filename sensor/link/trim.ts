/**
 * What goes without saying in an item that no request has room for: the nodes, methods and values that
 * are there to be looked at. What it is about, what was done and how often stays.
 *
 * Nothing that the sensor makes today is as large (`sensor/model/bounds.ts`); its database may hold what
 * an older version made.
 */
import type { Alert } from '#sensor/model/alert.ts';
import { MAX_FACTS } from '#sensor/model/bounds.ts';
import type { Exchange } from '#sensor/model/event.ts';
import type { Fact } from '#sensor/model/fact.ts';
import type { LinkItem } from '#sensor/model/link.ts';

const TRIMMED = {
  name: 'sensor.trimmed',
  text: 'too large to be sent whole: its nodes, methods and values are in the database of the sensor alone',
} as const;

/** Under the same id: it is the same item, and is settled as such. */
export function trimmed(item: LinkItem): LinkItem {
  switch (item.kind) {
    case 'alert':
      return { ...item, document: trimmedAlert(item.document) };
    case 'operation':
      return { ...item, document: trimmedExchange(item.document) };
    case 'asset':
    case 'health':
    case 'aggregate':
      return item;
    default:
      return item satisfies never;
  }
}

function trimmedAlert({ opcua, lockkeeper, ...rest }: Alert): Alert {
  const { nodes: _, methods: __, ...kept } = opcua ?? {};
  return {
    ...rest,
    ...(opcua === undefined ? {} : { opcua: kept }),
    lockkeeper: { ...lockkeeper, facts: withTrimmed(lockkeeper.facts) },
  };
}

/** Those of Modbus are small, and the broker compares their values with what the gate emitted. */
function trimmedExchange(exchange: Exchange): Exchange {
  if (exchange.protocol === 'modbus') return exchange;
  const { nodes: _, methods: __, ...kept } = exchange.opcua;
  return { ...exchange, opcua: kept, facts: withTrimmed(exchange.facts) };
}

const withTrimmed = (facts: readonly Fact[]): readonly Fact[] => [
  ...facts.slice(0, MAX_FACTS - 1),
  TRIMMED,
];
