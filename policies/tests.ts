/**
 * Runs the `tests:` of a policy: sentences that must hold, written beside what they test. A policy whose
 * sentences fail is refused.
 *
 * A sentence must hold for every party that it names: `any`, and a zone, stand for all of their hosts.
 * Of a kind (`write`, `everything`) `allow` means that all of it passes and `deny` that nothing does.
 */
import type { ModbusOperation, Operation } from '#sensor/model/operation.ts';
import { createEvaluator, type Evaluator, evaluateAccess } from './evaluate.ts';
import { gateConduitsTo } from './layers.ts';
import { GATE_FUNCTIONS, POLICY_FUNCTIONS, type PolicyFunctions } from './modbus-functions.ts';
import { allOpcua, anyOpcua } from './opcua-statement.ts';
import { type Party, partiesOf } from './parties.ts';
import type { AccessEntry, Allowance, Decision, Plant, PolicyTest, SourceRef } from './plant.ts';
import { allOf, anyOf } from './probe.ts';
import {
  operationsOf,
  parseStatement,
  type RequestStatement,
  type Statement,
} from './statement.ts';
import { describeOperation } from './words.ts';
import { safetyAmong, zonesAround } from './zones.ts';

export interface TestFailure {
  readonly at: SourceRef;
  readonly expected: 'allow' | 'deny';
  /** As it was written. */
  readonly statement: string;
  /** In words: who, to whom, what, and what the policy says instead. */
  readonly text: string;
  readonly decision: Decision;
}

export interface TestReport {
  /** Statements, each for all of its parties. */
  readonly statements: number;
  readonly failures: readonly TestFailure[];
}

/** Where nothing else is said. MODBUS Messaging on TCP/IP V1.0b, 3.1.3. */
const DEFAULT_PORT = 502;
/** OPC 10000-6, 7.2. */
const DEFAULT_OPCUA_PORT = 4840;
/** For hosts that are not in the policy. */
const DEFAULT_UNIT = 1;

export function runTests(plant: Plant): TestReport {
  const evaluator = createEvaluator(plant);
  const failures: TestFailure[] = [];
  let statements = 0;
  for (const test of plant.tests) {
    for (const expected of ['allow', 'deny'] as const) {
      for (const said of test[expected]) {
        statements += 1;
        const failure = runStatement({ plant, evaluator, test, expected, said });
        if (failure !== undefined) failures.push(failure);
      }
    }
  }
  return { statements, failures };
}

interface Sentence {
  readonly plant: Plant;
  readonly evaluator: Evaluator;
  readonly test: PolicyTest;
  readonly expected: 'allow' | 'deny';
  readonly said: string;
}

/** One way from a party to another, and how the policy answers to it. */
interface Way {
  readonly name: string;
  readonly units: readonly number[];
  /** Undefined = whatever is tried, because the policy does not say. */
  readonly speaks?: ReadonlySet<Operation['protocol']>;
  /** Modbus functions that pass on this way at all. */
  readonly passed: PolicyFunctions;
  /** Allowances that could matter on this way. */
  readonly allowances: readonly Allowance[];
  readonly ask: (request: readonly Operation[]) => Decision;
}

function runStatement(sentence: Sentence): TestFailure | undefined {
  const { test, expected, said } = sentence;
  const failed = (text: string, decision: Decision): TestFailure => ({
    at: test.at,
    expected,
    statement: said,
    text,
    decision,
  });
  const statement = parseStatement(said);
  if (statement.kind === 'fault') return failed(statement.message, nothingSaid);
  const ways = waysOf(sentence);
  if (ways.length === 0 && expected === 'allow') {
    return failed(`there is no way from ${test.as} to ${test.on}`, nothingSaid);
  }
  for (const way of ways) {
    const requests = requestsOf(statement, way, expected);
    if (requests.length === 0 && expected === 'allow') {
      return failed('no function that is decoded does this', nothingSaid);
    }
    for (const request of requests) {
      const decision = way.ask(request);
      if (decision.allowed === (expected === 'allow')) continue;
      const what = request.map(describeOperation).join(' and ');
      const verb = decision.allowed ? 'may' : 'may not';
      const decided = decision.because.filter(({ aside }) => aside !== true);
      const why = decided.map(({ text }) => text).join('; ');
      return failed(`${way.name} ${verb} ${what === '' ? said : what}: ${why}`, decision);
    }
  }
  return undefined;
}

const nothingSaid: Decision = {
  allowed: false,
  because: [{ rule: 'default-deny', text: 'nothing was asked' }],
};

/** The requests that decide a statement on one way; each must come out as expected. */
function requestsOf(
  statement: Statement,
  { units, speaks, allowances, passed }: Way,
  expected: 'allow' | 'deny',
): readonly (readonly Operation[])[] {
  const [firstUnit = DEFAULT_UNIT] = units;
  switch (statement.kind) {
    case 'request': {
      const operations = operationsOf(statement, statement.unit ?? firstUnit);
      return isOfSeveral(statement) ? operations.map((each) => [each]) : [operations];
    }
    case 'opcua':
      return [[statement.operation]];
    case 'kinds': {
      const tried = speaks ?? (expected === 'allow' ? MODBUS_ALONE : BOTH);
      const operations = statement.kinds.flatMap((kind): readonly Operation[] => [
        ...(!tried.has('modbus')
          ? []
          : expected === 'allow'
            ? allOf(kind, firstUnit, passed)
            : anyOf(kind, allowances, { units, passed })),
        ...(!tried.has('opcua')
          ? []
          : expected === 'allow'
            ? allOpcua(kind)
            : anyOpcua(kind, allowances)),
      ]);
      return operations.map((operation) => [operation]);
    }
    default:
      return statement satisfies never;
  }
}

/** Whether it names a function by which a request does one of several things, and not which. */
const isOfSeveral = ({ functionCode, subFunction }: RequestStatement): boolean =>
  subFunction === undefined && POLICY_FUNCTIONS.get(functionCode)?.subFunctions !== undefined;

const BOTH: ReadonlySet<Operation['protocol']> = new Set(['modbus', 'opcua']);
const MODBUS_ALONE: ReadonlySet<Operation['protocol']> = new Set(['modbus']);

/** What an asset speaks by the policy; undefined for hosts of which it says nothing. */
function spokenBy({ asset }: Party): ReadonlySet<Operation['protocol']> | undefined {
  if (asset === undefined || (asset.modbus === undefined && asset.opcua === undefined)) return;
  return new Set([
    ...(asset.modbus === undefined ? [] : (['modbus'] as const)),
    ...(asset.opcua === undefined ? [] : (['opcua'] as const)),
  ]);
}

function waysOf({ plant, evaluator, test }: Sentence): readonly Way[] {
  const servers = partiesOf(plant, test.on);
  const entry = test.grant === undefined ? undefined : plant.access.get(test.grant);
  if (entry !== undefined) {
    return servers.flatMap((server) => grantWay(plant, entry, server));
  }
  // What the policy answers depends on the server and on the conduits that lead there, so of clients
  // with the same conduits one is asked for all.
  const asked = new Set<string>();
  return partiesOf(plant, test.as)
    .flatMap((client) => servers.map((server) => ({ client, server })))
    .filter(({ client, server }) => client.ip !== server.ip)
    .filter(({ client, server }) => {
      const conduits = evaluator.conduitsBetween(client.ip, server.ip).map(({ id }) => id);
      const key = `${server.ip} ${conduits.join(' ')}`;
      if (asked.has(key)) return false;
      asked.add(key);
      return true;
    })
    .map(({ client, server }) => wireWay(plant, evaluator, { client, server }));
}

function grantWay(plant: Plant, entry: AccessEntry, { name, asset }: Party): readonly Way[] {
  if (asset === undefined) return [];
  const subject = { entry: entry.id, asset: asset.id, operations: entry.mayRequest };
  return [
    {
      name: `by entry \`${entry.id}\`, on ${name}: vendor ${entry.vendor}`,
      units: asset.modbus?.units ?? [DEFAULT_UNIT],
      allowances: [
        ...entry.mayRequest,
        ...gateConduitsTo(plant, asset).flatMap(({ allow }) => allow),
        ...safetyAmong(plant, zonesAround(plant, asset.zone)).flatMap(({ allow }) => allow),
      ],
      speaks: MODBUS_ALONE,
      passed: GATE_FUNCTIONS,
      ask: (request) =>
        request.every(isModbus) ? evaluateAccess(plant, subject, request) : noOpcua,
    },
  ];
}

const isModbus = (operation: Operation): operation is ModbusOperation =>
  operation.protocol === 'modbus';

const noOpcua: Decision = {
  allowed: false,
  because: [{ rule: 'default-deny', text: 'the gate does not speak OPC UA yet' }],
};

function wireWay(
  plant: Plant,
  evaluator: Evaluator,
  { client, server }: { readonly client: Party; readonly server: Party },
): Way {
  const ports = {
    modbus: server.asset?.modbus?.port ?? DEFAULT_PORT,
    opcua: server.asset?.opcua?.port ?? DEFAULT_OPCUA_PORT,
  };
  const speaks = spokenBy(server);
  const conduits = evaluator.conduitsBetween(client.ip, server.ip);
  const isDirect = conduits.some(({ via }) => via === 'direct');
  const allowances = [
    ...conduits.flatMap(({ allow }) => allow),
    ...safetyAmong(plant, evaluator.locate(server.ip)?.zones ?? []).flatMap(({ allow }) => allow),
  ];
  const named = allowances.flatMap((each) =>
    each.protocol === 'modbus' ? (each.units ?? []) : [],
  );
  return {
    name: `to ${server.name} (${server.ip}): ${client.name} (${client.ip})`,
    units: server.asset?.modbus?.units ?? [...new Set([DEFAULT_UNIT, ...named])],
    ...(speaks !== undefined && { speaks }),
    passed: isDirect ? POLICY_FUNCTIONS : GATE_FUNCTIONS,
    allowances,
    ask: (request) =>
      every(
        request.map((operation) => {
          const to = { ip: server.ip, port: ports[operation.protocol] };
          return evaluator.evaluate({ from: client.ip, to, operation });
        }),
      ),
  };
}

/** A request passes iff all that it does passes; one that is not understood does nothing that could. */
function every(decisions: readonly Decision[]): Decision {
  const text = 'the request is not understood';
  return (
    decisions.find(({ allowed }) => !allowed) ??
    decisions[0] ?? { allowed: false, because: [{ rule: 'default-deny', text }] }
  );
}
