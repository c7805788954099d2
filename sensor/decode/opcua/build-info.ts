/** What a server says of its software: in one structure, in its status, or in a node for each part. */
import type { OpcuaBuildInfo } from '#sensor/model/opcua.ts';
import { VALUE } from './attributes.ts';
import type { BinaryReader } from './binary.ts';
import type { NodeAttribute, NodeResult } from './body.ts';

/** Encoding ids. OPC 10000-5, 12.4 and 12.10. */
const BUILD_INFO_TYPE = 340;
const SERVER_STATUS_TYPE = 864;

/** Start time, current time, state. */
const BEFORE_BUILD_INFO = 20;

/** Nodes of the Server object that hold it whole. */
const HOLDERS: ReadonlySet<number> = new Set([2256, 2260]);

const PARTS: ReadonlyMap<number, keyof OpcuaBuildInfo> = new Map<number, keyof OpcuaBuildInfo>([
  [2261, 'productName'],
  [2262, 'productUri'],
  [2263, 'manufacturerName'],
  [2264, 'softwareVersion'],
  [2265, 'buildNumber'],
  [2266, 'buildDate'],
]);

/** The build info in the body of an extension object; undefined where it is of another type, or does not fit. */
export function readBuildInfo(
  body: BinaryReader,
  type: number,
  timeText: (ticks: bigint) => string,
): OpcuaBuildInfo | undefined {
  if (type !== BUILD_INFO_TYPE && type !== SERVER_STATUS_TYPE) return undefined;
  if (type === SERVER_STATUS_TYPE) body.take(BEFORE_BUILD_INFO);
  const texts = [body.text(), body.text(), body.text(), body.text(), body.text()];
  const date = body.int64();
  if (body.fault !== undefined) return undefined;
  const [productUri, manufacturerName, productName, softwareVersion, buildNumber] = texts;
  return infoOf({
    productUri,
    manufacturerName,
    productName,
    softwareVersion,
    buildNumber,
    // 0 is what a server says that does not know.
    buildDate: date === 0n ? undefined : timeText(date),
  });
}

/** Undefined where a Read asked for none of it. */
export function buildInfoOf(
  asked: readonly NodeAttribute[],
  results: readonly NodeResult[],
): OpcuaBuildInfo | undefined {
  let info: OpcuaBuildInfo | undefined;
  for (const [i, { node, attribute, isPart }] of asked.entries()) {
    const { numeric = 0, namespace } = node;
    if (namespace !== 0 || attribute !== VALUE || isPart === true) continue;
    const { buildInfo, value } = results[i] ?? {};
    if (HOLDERS.has(numeric) && buildInfo !== undefined) info = { ...info, ...buildInfo };
    const part = PARTS.get(numeric);
    if (part !== undefined && typeof value === 'string') info = { ...info, [part]: value };
  }
  return info;
}

type Known = { readonly [part in keyof OpcuaBuildInfo]: string | undefined };

const infoOf = (known: Known): OpcuaBuildInfo =>
  Object.fromEntries(Object.entries(known).filter(([, text]) => text !== undefined && text !== ''));
