/**
 * What a sensor may send, checked at the edge. A sensor is an enrolled peer, and still its host may
 * be taken over: whatever the broker looks at has its type and its bounds, which are those by which
 * the sensor makes it. Fields that a newer sensor adds pass unread.
 */
import { z } from 'zod';
import type { Alert } from '#sensor/model/alert.ts';
import {
  MAX_ALERT_MESSAGE,
  MAX_DEDUP_KEY,
  MAX_FACT_TEXT,
  MAX_FACTS,
  MAX_FILE_RECORDS,
  MAX_FRAMES,
  MAX_MODBUS_DATA,
  MAX_NODE_NAME,
  MAX_OPERATIONS,
  MAX_SEEN,
  MAX_VALUE_TEXT,
} from '#sensor/model/bounds.ts';
import type { Exchange } from '#sensor/model/event.ts';
import { type AssetReport, type HealthReport, MAX_LINK_ITEMS } from '#sensor/model/link.ts';
import { asset } from './asset-item.ts';
import { ip, operationKind, port, text, time } from './item-words.ts';

const word = z.int().min(0).max(65_535);
const frames = z.array(z.int()).max(MAX_FRAMES);
const facts = z.array(z.looseObject({ name: text(100), text: text(MAX_FACT_TEXT) })).max(MAX_FACTS);

const alert = z.looseObject({
  '@timestamp': time,
  event: z.looseObject({
    kind: z.literal('alert'),
    category: z.array(text(100)).max(20),
    severity: z.int().min(0).max(100),
    action: text(200),
  }),
  message: text(MAX_ALERT_MESSAGE),
  rule: z.looseObject({
    id: text(100),
    name: text(300),
    level: z.enum(['informational', 'low', 'medium', 'high', 'critical']),
    version: text(100),
  }),
  threat: z
    .looseObject({
      technique: z.array(z.looseObject({ id: text(40), name: text(200) })).max(50),
    })
    .optional(),
  source: z.looseObject({ ip, port: port.optional() }).optional(),
  destination: z.looseObject({ ip, port: port.optional() }).optional(),
  lockkeeper: z.looseObject({
    alert: z.looseObject({
      id: z.string().regex(/^al_[0-9A-Za-z-]{8,64}$/),
      dedup_key: text(MAX_DEDUP_KEY),
      count: z.int().min(1),
      first_seen: time,
      last_seen: time,
      seen: z.array(time).max(MAX_SEEN),
    }),
    facts,
    asset: z.looseObject({ id: text(128), zone: text(128) }).optional(),
  }),
});

const endpoint = z.looseObject({ ip, port });

const modbusObject = z.discriminatedUnion('kind', [
  z.looseObject({
    kind: z.literal('modbus-range'),
    unit: z.int().min(0).max(255),
    table: z.enum(['coils', 'discrete-inputs', 'input-registers', 'holding-registers']),
    address: word,
    quantity: z.int().min(1).max(65_536),
  }),
  z.looseObject({
    kind: z.literal('modbus-file'),
    unit: z.int().min(0).max(255),
    file: word,
    record: word,
    quantity: z.int().min(1).max(65_536),
  }),
  z.looseObject({ kind: z.literal('modbus-device'), unit: z.int().min(0).max(255) }),
]);

const block = {
  address: word.optional(),
  quantity: z.int().min(0).max(65_536).optional(),
  values: z.array(word).max(2_048).optional(),
};

/** Who asked whom, and when: what every exchange says. */
const parties = {
  kind: z.literal('exchange'),
  at: z.int().min(0),
  client: endpoint,
  server: endpoint,
  transport: z.enum(['tcp', 'udp']),
  outcome: z.enum(['success', 'failure', 'unknown']),
};

/** What exchanges of every protocol have in common. */
const heading = {
  ...parties,
  frames: z.looseObject({ request: frames, response: frames }),
  facts,
};

const modbusHeading = {
  transactionId: word.optional(),
  unitId: z.int().min(0).max(255),
  functionCode: z.int().min(0).max(255),
};

const modbusExchange = z.looseObject({
  ...heading,
  protocol: z.literal('modbus'),
  modbus: z.looseObject({
    ...modbusHeading,
    ...block,
    // The join writes them down again to compare them with what the gate emitted.
    read: z.looseObject(block).optional(),
    write: z.looseObject(block).optional(),
    subCode: word.optional(),
    data: z.looseObject({ request: text(MAX_MODBUS_DATA).optional() }).optional(),
    andMask: word.optional(),
    orMask: word.optional(),
    files: z
      .array(
        z.looseObject({
          file: word,
          record: word,
          quantity: z.int().min(0).max(65_535),
          values: z.array(word).max(2_048).optional(),
        }),
      )
      .max(MAX_FILE_RECORDS)
      .optional(),
  }),
  operations: z
    .array(
      z.looseObject({
        kind: operationKind,
        protocol: z.literal('modbus'),
        functionCode: z.int().min(0).max(255),
        object: modbusObject,
        values: z.array(word).max(2_048).optional(),
      }),
    )
    .max(MAX_OPERATIONS),
});

const name = text(MAX_NODE_NAME);
const node = z.looseObject({
  id: name,
  uri: name.optional(),
  unseen: z.literal(true).optional(),
});

const opcuaHeading = {
  messageType: z.enum(['HEL', 'ACK', 'ERR', 'RHE', 'OPN', 'CLO', 'MSG']),
  service: z.object({ id: z.int().min(0), name: text(100).optional() }).optional(),
};

const opcuaExchange = z.looseObject({
  ...heading,
  protocol: z.literal('opcua'),
  opcua: z.looseObject(opcuaHeading),
  operations: z
    .array(
      z.looseObject({
        kind: operationKind,
        protocol: z.literal('opcua'),
        service: text(100),
        object: z.discriminatedUnion('kind', [
          z.looseObject({ kind: z.literal('opcua-node'), node, attribute: text(100) }),
          z.looseObject({ kind: z.literal('opcua-method'), object: node, method: node }),
          z.looseObject({ kind: z.literal('opcua-server') }),
        ]),
        value: text(MAX_VALUE_TEXT).optional(),
      }),
    )
    .max(MAX_OPERATIONS),
});

const exchange = z.discriminatedUnion('protocol', [modbusExchange, opcuaExchange]);

/** Of an exchange whose content cannot be what it says: enough to ask why it was. */
const bareExchange = z.discriminatedUnion('protocol', [
  z.object({ ...parties, protocol: z.literal('modbus'), modbus: z.object(modbusHeading) }),
  z.object({ ...parties, protocol: z.literal('opcua'), opcua: z.object(opcuaHeading) }),
]);

/**
 * A sensor reports what changed something: where its content is not usable, the report that there was
 * something still is, and nothing explains it. Undefined where it does not even say who and when.
 */
function operationOf(document: unknown): Exchange | undefined {
  if (exchange.safeParse(document).success) return document as Exchange;
  const { data } = bareExchange.safeParse(document);
  if (data === undefined) return undefined;
  const text = 'the broker could not read what this operation does';
  const unread = { frames: { request: [], response: [] }, operations: [] };
  const facts = [{ name: 'broker.operation-not-read', text }];
  return { ...data, ...unread, facts } as unknown as Exchange;
}

const health = z.looseObject({
  at: time,
  received: z.int().min(0),
  dropped: z.int().min(0),
  facts: z.array(z.looseObject({ name: text(100), text: text(1000) })).max(100),
  bundle: text(100).optional(),
});

const id = z.string().regex(/^[0-9A-Za-z_:.-]{1,128}$/);

const envelope = z.strictObject({
  items: z
    .array(z.looseObject({ id, kind: text(40), document: z.looseObject({}) }))
    .max(MAX_LINK_ITEMS),
});

export interface SortedItems {
  readonly alerts: readonly { readonly id: string; readonly document: Alert }[];
  readonly operations: readonly { readonly id: string; readonly exchange: Exchange }[];
  readonly assets: readonly { readonly id: string; readonly report: AssetReport }[];
  readonly health: readonly HealthReport[];
  /** Ids of items that the broker has no use for: counts, until a page shows them. */
  readonly unused: readonly string[];
  /** Ids of items that cannot be what they say. They are told of, and not asked for again. */
  readonly unusable: readonly string[];
  readonly healthIds: readonly string[];
}

/** Undefined where the body as a whole is not a list of items. */
export function sortItems(body: unknown): SortedItems | undefined {
  const read = envelope.safeParse(body);
  if (!read.success) return undefined;
  const alerts: { id: string; document: Alert }[] = [];
  const operations: { id: string; exchange: Exchange }[] = [];
  const assets: { id: string; report: AssetReport }[] = [];
  const reports: HealthReport[] = [];
  const healthIds: string[] = [];
  const unused: string[] = [];
  const unusable: string[] = [];
  for (const item of read.data.items) {
    const { document } = item;
    switch (item.kind) {
      case 'alert':
        if (alert.safeParse(document).success) {
          alerts.push({ id: item.id, document: document as unknown as Alert });
        } else unusable.push(item.id);
        break;
      case 'operation': {
        const operation = operationOf(document);
        if (operation === undefined) unusable.push(item.id);
        else operations.push({ id: item.id, exchange: operation });
        break;
      }
      case 'health':
        if (health.safeParse(document).success) {
          reports.push(document as unknown as HealthReport);
          healthIds.push(item.id);
        } else unusable.push(item.id);
        break;
      case 'asset':
        if (asset.safeParse(document).success) {
          assets.push({ id: item.id, report: document as unknown as AssetReport });
        } else unusable.push(item.id);
        break;
      case 'aggregate':
        unused.push(item.id);
        break;
      default:
        unusable.push(item.id);
    }
  }
  return { alerts, operations, assets, health: reports, healthIds, unused, unusable };
}
