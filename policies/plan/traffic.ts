/**
 * What a change of the policy changes on the wire: every operation between two hosts whose answer is another one,
 * and none else. A property test holds this to `evaluate` over random pairs of policies.
 */
import type { Operation } from '#sensor/model/operation.ts';
import { createEvaluator, type Evaluator, type WireAccess } from '../evaluate.ts';
import type { Plant } from '../plant.ts';
import { type AddressClass, type AddressClasses, addressClasses } from './address-classes.ts';
import { answer, atPort } from './answer.ts';
import type { Side } from './box.ts';
import type { Direction, TrafficChange } from './change.ts';
import { type Delta, modbusDeltas, opcuaDeltas } from './delta.ts';
import { createNames, type NameParties } from './party-names.ts';
import { createRights, type Endpoint, type PlantRights, type Rights } from './rights.ts';

export interface Traffic {
  readonly changes: readonly TrafficChange[];
  /** Those that an operation is part of; none where its answer stays. */
  readonly changesOf: (access: WireAccess) => readonly TrafficChange[];
}

interface Comparison {
  readonly classes: AddressClasses;
  readonly before: PlantRights;
  readonly after: PlantRights;
}

export function compareTraffic(before: Plant, after: Plant): Traffic {
  const comparison: Comparison = {
    classes: addressClasses(before, after),
    before: createRights(before),
    after: createRights(after),
  };
  const name = createNames(after, comparison.classes.all);
  const evaluator = createEvaluator(after);
  const told = merged(findChanges(comparison, [before, after])).map((difference) => ({
    difference,
    change: show(difference, name, evaluator),
  }));
  return {
    changes: told.map(({ change }) => change),
    changesOf: (access) => {
      const becomes = directionOf(comparison, access);
      return told
        .filter(({ difference }) => becomes !== undefined && isPart(comparison, difference, access))
        .map(({ change }) => change)
        .filter((change) => change.becomes === becomes);
    },
  };
}

/** One difference, wherever it is met. */
interface Found {
  readonly becomes: Direction;
  /** Valid iff the two policies know the server at different ports: the one that this is about, or all others. */
  readonly port?: number | 'others';
  readonly delta: Delta;
}

/** Where it is met. */
interface Met {
  readonly found: Found;
  readonly from: AddressClass;
  readonly to: AddressClass;
}

function findChanges(comparison: Comparison, plants: readonly Plant[]): readonly Met[] {
  const { before, after } = comparison;
  const known = new Map<string, readonly Found[]>();
  return touched(comparison, plants).flatMap(([from, to]): readonly Met[] => {
    const was = before.between(from.before, to.before);
    const is = after.between(from.after, to.after);
    if (was.key === is.key) return [];
    const key = JSON.stringify([was.key, is.key]);
    const deltas = known.get(key) ?? deltasOf(was, is);
    known.set(key, deltas);
    return deltas.map((found) => ({ found, from, to }));
  });
}

/** Pairs of hosts that a conduit of either policy joins: between all others nothing passes, before and after. */
function touched(
  { classes }: Comparison,
  plants: readonly Plant[],
): readonly (readonly [AddressClass, AddressClass])[] {
  const standing = new Map<string, Set<AddressClass>>();
  const stand = (id: string, each: AddressClass): void => {
    standing.set(id, (standing.get(id) ?? new Set()).add(each));
  };
  for (const each of classes.all) {
    for (const place of [each.before, each.after]) {
      for (const id of [...place.zones, ...(place.asset === undefined ? [] : [place.asset.id])]) {
        stand(id, each);
      }
    }
  }
  const ends = new Set(
    plants.flatMap(({ conduits }) => conduits.map(({ from, to }) => `${from} ${to}`)),
  );
  const partners = new Map<AddressClass, Set<AddressClass>>();
  for (const end of ends) {
    const [from = '', to = ''] = end.split(' ');
    for (const one of standing.get(from) ?? []) {
      const known = partners.get(one) ?? new Set();
      for (const other of standing.get(to) ?? []) known.add(other);
      partners.set(one, known);
    }
  }
  return [...partners].flatMap(([from, all]) => [...all].map((to) => [from, to] as const));
}

function deltasOf(was: Rights, is: Rights): readonly Found[] {
  return [
    ...both(was.modbus, is.modbus, (boxes) => sides(boxes), modbusDeltas),
    ...both(was.opcua, is.opcua, (boxes) => boxes, opcuaDeltas),
  ];
}

function both<Of, Side>(
  was: Endpoint<Of>,
  is: Endpoint<Of>,
  sidesOf: (boxes: Endpoint<Of>['boxes']) => ReadonlyMap<string, Side>,
  deltas: (one: ReadonlyMap<string, Side>, other: ReadonlyMap<string, Side>) => readonly Delta[],
): readonly Found[] {
  const ports = [...new Set([was.port, is.port])];
  return ports.flatMap((port): readonly Found[] => {
    const [here, there] = [sidesOf(atPort(was, port)), sidesOf(atPort(is, port))];
    const about = ports.length === 1 ? {} : { port: port ?? ('others' as const) };
    return [
      ...deltas(there, here).map((delta) => ({ becomes: 'allowed' as const, ...about, delta })),
      ...deltas(here, there).map((delta) => ({ becomes: 'denied' as const, ...about, delta })),
    ];
  });
}

/** On the wire no policy knows which registers hold one value together. */
const sides = (boxes: Rights['modbus']['boxes']): ReadonlyMap<string, Side> =>
  new Map([...boxes].map(([name, own]) => [name, { boxes: own, pairs: [] }]));

/** The same difference between some hosts and others, each with each. */
interface Difference {
  readonly from: ReadonlySet<AddressClass>;
  readonly to: ReadonlySet<AddressClass>;
  readonly met: readonly [Met, ...Met[]];
}

/** As few sentences as say it: the same difference, from the same hosts, to all that it is to. */
function merged(met: readonly Met[]): readonly Difference[] {
  const same = grouped(met, ({ found: { becomes, port, delta } }) => {
    const { file, line, column } = delta.line.at;
    return JSON.stringify([becomes, port, delta.what, delta.both, file, line, column]);
  });
  return same.flatMap((all) => {
    const clients = new Map<AddressClass, string[]>();
    for (const { from, to } of all) clients.set(to, [...(clients.get(to) ?? []), from.ip]);
    return grouped(all, ({ to }) => (clients.get(to) ?? []).sort().join(' ')).map((each) => ({
      from: new Set(each.map(({ from }) => from)),
      to: new Set(each.map(({ to }) => to)),
      met: each,
    }));
  });
}

function grouped<Each>(
  all: readonly Each[],
  keyOf: (each: Each) => string,
): readonly (readonly [Each, ...Each[]])[] {
  const groups = new Map<string, [Each, ...Each[]]>();
  for (const each of all) {
    const key = keyOf(each);
    const known = groups.get(key);
    if (known === undefined) groups.set(key, [each]);
    else known.push(each);
  }
  return [...groups.values()];
}

/** Where no policy says a port: that of the protocol, or the next one. */
const SOME_PORTS = { modbus: [502, 503, 504], opcua: [4840, 4841, 4842] } as const;

/** Ports that the policies name for a server, that of the new one first. */
const portsOf = ({ before, after }: AddressClass, protocol: Operation['protocol']) =>
  [after, before].flatMap(({ asset }) => asset?.[protocol]?.port ?? []);

function show(of: Difference, name: NameParties, evaluator: Evaluator): TrafficChange {
  const [{ found, from, to }] = of.met;
  const { becomes, port, delta } = found;
  const { example: operation } = delta;
  const named = portsOf(to, operation.protocol);
  const other = SOME_PORTS[operation.protocol].find((each) => !named.includes(each)) ?? 0;
  const at = port === 'others' ? other : (port ?? named[0] ?? other);
  const access = { from: from.ip, to: { ip: to.ip, port: at }, operation };
  const [because] = evaluator.evaluate(access).because;
  return {
    becomes,
    from: name(of.from),
    to: name(of.to),
    ...(port !== undefined && { port }),
    what: delta.what,
    both: delta.both,
    at: delta.line.at,
    example: { ...access, ...(because !== undefined && { because }) },
  };
}

/** Undefined = the answer stays. */
function directionOf(
  { classes, before, after }: Comparison,
  { from, to, operation }: WireAccess,
): Direction | undefined {
  const [client, server] = [classes.classOf(from), classes.classOf(to.ip)];
  if (client === undefined || server === undefined) return undefined;
  const was = answer(before.between(client.before, server.before), to.port, operation);
  const is = answer(after.between(client.after, server.after), to.port, operation);
  if (was === is) return undefined;
  return is ? 'allowed' : 'denied';
}

function isPart(
  { classes }: Comparison,
  { met }: Difference,
  { from, to, operation }: WireAccess,
): boolean {
  const [client, server] = [classes.classOf(from), classes.classOf(to.ip)];
  return met.some(({ found: { port, delta }, ...ends }) => {
    if (ends.from !== client || ends.to !== server || !delta.holds(operation)) return false;
    return port === 'others'
      ? !portsOf(server, operation.protocol).includes(to.port)
      : (port ?? to.port) === to.port;
  });
}
