/** The largest that the sensor can make of what it hears, each by the parts that make it. */
import { AlertBook } from '#sensor/detect/alert-book.ts';
import { UNKNOWN_PLANT } from '#sensor/detect/plant-view.ts';
import { compileMessage } from '#sensor/detect/sigma/message.ts';
import type { Rule } from '#sensor/detect/sigma/rule.ts';
import type { Alert } from '#sensor/model/alert.ts';
import { MAX_DEVICE_TEXT, MAX_FACT_TEXT } from '#sensor/model/bounds.ts';
import type { Exchange, OpcuaExchange } from '#sensor/model/event.ts';
import type { HeardHost } from '#sensor/model/inventory.ts';
import type { AssetReport } from '#sensor/model/link.ts';
import { isoMicros, micros } from '#sensor/model/time.ts';
import { AssetBook } from '#sensor/output/assets.ts';
import { detailFields } from '#sensor/output/detail.ts';
import { exchange } from './exchange.ts';
import * as ua from './opcua.ts';
import { Session } from './opcua-session.ts';

const TOKEN = Buffer.from('token');
/** Nodes and methods of one request, more than are listed. */
const MANY = 150;
/** A text of the wire as long as it is kept, each character of it three bytes of UTF-8. */
const LONG = '€'.repeat(500);
/** 255 characters may be a namespace URI, and these count twice in UTF-16. */
const URI = '𝄞'.repeat(250);
const NODE = `ns=99;s=${LONG}`;
/** Of 150 of them, not all find room. */
const VALUE = ua.texts([LONG, LONG, LONG]);

/** What a request becomes whose first bytes came one by one, on a server whose namespaces were heard. */
function heard(at: number, request: Buffer, response: Buffer): OpcuaExchange {
  const uris = Array.from({ length: 100 }, () => URI);
  const { connection } = new Session()
    .sayAll(0, 2, ua.readRequest(TOKEN, ['i=2255']))
    .sayAll(1, 2, ua.readResponse([ua.texts(uris)]))
    .sayAll(0, 3, request, 1500)
    .sayAll(1, 3, response);
  const last = connection.opcua.at(-1);
  if (last === undefined) throw new Error('nothing was heard');
  const facts = Array.from({ length: 100 }, (_, i) => ({
    name: `a.fact-${i}`,
    text: '€'.repeat(MAX_FACT_TEXT),
  }));
  return { ...last, at: micros(at), facts };
}

export const largestWrite = (at: number): OpcuaExchange =>
  heard(
    at,
    ua.writeNodesRequest(
      TOKEN,
      Array.from({ length: MANY }, () => [NODE, VALUE] as const),
    ),
    ua.writeResponse(...Array.from({ length: MANY }, () => 0)),
  );

export const largestCall = (at: number): OpcuaExchange =>
  heard(
    at,
    ua.callRequest(
      TOKEN,
      ...Array.from({ length: MANY }, () => ({ object: NODE, method: NODE, arguments: [VALUE] })),
    ),
    ua.body(397, ua.responseHeader(0x801f_0000)),
  );

/** Of `rule` with a sentence and a key as long as one may write them. */
export function largestAlert(rule: Rule, found: Exchange): Alert {
  const message = compileMessage('{what} '.repeat(57));
  if (typeof message === 'string') throw new Error(message);
  const wordy: Rule = { ...rule, message, dedupKey: () => LONG };
  const book = new AlertBook({
    plant: UNKNOWN_PLANT,
    describe: detailFields,
    evidence: () => undefined,
  });
  for (let i = 0; i < 150; i++) book.note(wordy, { ...found, at: micros(found.at + i) }, '19.1');
  const [alert] = book.takeChanged();
  if (alert === undefined) throw new Error('no alert');
  return alert;
}

/** More of everything that all traffic tells than is told of one asset. */
function mostHeard(ip: string, at: number): HeardHost {
  const text = '€'.repeat(MAX_DEVICE_TEXT);
  const when = isoMicros(micros(at));
  const amount = { packets: Number.MAX_SAFE_INTEGER, bytes: Number.MAX_SAFE_INTEGER };
  return {
    ip,
    mac: '00-00-5E-00-53-23',
    names: Array.from({ length: 50 }, () => ({
      name: text,
      source: 'profinet-dcp',
      last_seen: when,
    })),
    details: Array.from({ length: 50 }, (_, i) => ({
      about: `${i} system description`,
      text,
      source: 'profinet-dcp',
    })),
    claims: [],
    protocols: Array.from({ length: 60 }, (_, i) => `protocol-${i}`),
    traffic: Array.from({ length: 4000 }, (_, i) => ({
      peer: `127.20.${(i >> 3) >> 8}.${(i >> 3) & 255}`,
      role: 'server',
      transport: 'tcp',
      port: 1000 + i,
      protocol: 'netbios-ns',
      by: 'content',
      detail: `${text} for ${text}`,
      sent: amount,
      received: amount,
      first_seen: when,
      last_seen: when,
    })),
    behind: 1_000_000,
    firstSeen: micros(at),
    lastSeen: micros(at),
  };
}

/** A server with more ports, peers, units, applications and traffic than are listed. */
export function largestAsset(at: number): AssetReport {
  const ip = '127.20.1.12';
  const book = new AssetBook({
    hosts: () => [mostHeard(ip, at)],
    vendorOf: () => '€'.repeat(MAX_DEVICE_TEXT),
    leftOut: () => 0,
    forgotten: () => 0,
  });
  const said = '€'.repeat(245);
  const text = LONG.slice(0, 500);
  const mostBuilt = {
    productUri: text,
    manufacturerName: text,
    productName: text,
    softwareVersion: text,
    buildNumber: text,
    buildDate: isoMicros(micros(at)),
  };
  for (let i = 0; i < 300; i++) {
    const from = `127.20.${i >> 8}.${i & 255}`;
    const read = exchange({ from, to: ip, port: 1000 + i });
    const basic = { vendor: said, product: said, revision: said, url: said };
    const identity = { ...basic, name: said, model: said, application: said };
    book.event({
      ...read,
      at: micros(at),
      modbus: { ...read.modbus, unitId: i & 255, identity, serverId: said },
    });
    const { modbus: _, ...heading } = read;
    book.event({
      ...heading,
      at: micros(at),
      protocol: 'opcua',
      opcua: { messageType: 'MSG', serverUri: `${i}${LONG}`.slice(0, 500), buildInfo: mostBuilt },
      operations: [],
    });
  }
  const asset = [...book.documents()].find((each) => each.ip === ip);
  if (asset === undefined) throw new Error('no asset');
  return asset;
}
