/** Answers "may this one?" in words, with the line of the policy that decides. */
import type { ModbusOperation, Operation } from '#sensor/model/operation.ts';
import { parseIp } from './address.ts';
import { createEvaluator, evaluateAccess } from './evaluate.ts';
import type { Asset, Decision, Plant, Reason } from './plant.ts';
import { operationsOf, parseStatement, type RequestStatement } from './statement.ts';
import { describeOperation } from './words.ts';

export interface Question {
  /** IP address, asset id, or `vendor:ID` (what the gate emits for it). */
  readonly from: string;
  /** Asset id, or `IP` or `IP:PORT`. */
  readonly to: string;
  /** Access entry id. */
  readonly grant?: string;
  /** `modbus fc16 100+2 value 1500` */
  readonly statement: string;
}

export type Explanation =
  | { readonly kind: 'answer'; readonly allowed: boolean; readonly text: string }
  /** The question cannot be asked of this policy. */
  | { readonly kind: 'unclear'; readonly message: string };

const DEFAULT_PORTS = { modbus: 502, opcua: 4840 } as const;
const DEFAULT_UNIT = 1;

interface Server {
  readonly ip: string;
  readonly port: number;
  readonly asset?: Asset;
}

export function explain(plant: Plant, question: Question): Explanation {
  const unclear = (message: string): Explanation => ({ kind: 'unclear', message });
  const statement = parseStatement(question.statement);
  if (statement.kind === 'fault') return unclear(statement.message);
  if (statement.kind === 'kinds') {
    return unclear('explain takes one request, such as `modbus fc16 100+2 value 1500`');
  }
  const protocol = statement.kind === 'opcua' ? 'opcua' : 'modbus';
  const server = serverOf(plant, question.to, protocol);
  if (server === undefined) return unclear(`to: no asset or address \`${question.to}\``);
  const request =
    statement.kind === 'opcua' ? [statement.operation] : modbusRequest(statement, server);
  const what =
    statement.kind === 'request' && request.length === 0
      ? `function ${statement.functionCode}, which is not decoded`
      : request.map(describeOperation).join(' and ');
  const where = `${server.asset?.id ?? `${server.ip}:${server.port}`}`;

  if (question.grant !== undefined) {
    const entry = plant.access.get(question.grant);
    if (entry === undefined) return unclear(`grant: no access entry \`${question.grant}\``);
    if (question.from !== `vendor:${entry.vendor}`) {
      return unclear(`from: entry \`${entry.id}\` is for vendor:${entry.vendor}`);
    }
    if (statement.kind === 'opcua') return unclear('grant: the gate does not speak OPC UA yet');
    const subject = {
      entry: entry.id,
      asset: server.asset?.id ?? '',
      operations: entry.mayRequest,
    };
    const decision = evaluateAccess(plant, subject, modbusRequest(statement, server));
    const verdict = decision.allowed ? 'can be granted' : 'cannot be granted';
    return answer(decision, `on ${where}, to vendor ${entry.vendor} ${verdict}: ${what}`);
  }
  const clients = clientsOf(plant, question.from);
  if (clients === undefined)
    return unclear(`from: no address, asset or vendor \`${question.from}\``);
  const decision = wireDecision(plant, clients, server, request);
  const verdict = decision.allowed ? 'may' : 'may not';
  return answer(decision, `on ${where}, ${question.from} ${verdict}: ${what}`);
}

function wireDecision(
  plant: Plant,
  clients: readonly string[],
  { ip, port }: Server,
  request: readonly Operation[],
): Decision {
  const { evaluate } = createEvaluator(plant);
  const deny = (text: string): Decision => ({
    allowed: false,
    because: [{ rule: 'default-deny', text }],
  });
  if (request.length === 0) return deny('a request that is not understood does not pass');
  const decisions = clients.map((from) => {
    const each = request.map((operation) => evaluate({ from, to: { ip, port }, operation }));
    return each.find(({ allowed }) => !allowed) ?? each[0] ?? deny('nothing was asked');
  });
  return (
    decisions.find(({ allowed }) => allowed) ?? decisions[0] ?? deny('the policy names no gate')
  );
}

function modbusRequest(statement: RequestStatement, { asset }: Server): readonly ModbusOperation[] {
  return operationsOf(statement, statement.unit ?? asset?.modbus?.units[0] ?? DEFAULT_UNIT);
}

function serverOf(plant: Plant, text: string, protocol: Operation['protocol']): Server | undefined {
  const portOf = (asset: Asset | undefined): number =>
    asset?.[protocol]?.port ?? DEFAULT_PORTS[protocol];
  const named = plant.assets.get(text.replace(/^asset:/, ''));
  if (named !== undefined) {
    return { ip: named.address, port: portOf(named), asset: named };
  }
  const [, host = text, port] = /^\[?([^[\]]+?)\]?(?::(\d{1,5}))?$/.exec(text) ?? [];
  const [ip, at] = parseIp(text) === undefined ? [host, port] : [text, undefined];
  if (parseIp(ip) === undefined) return undefined;
  const asset = createEvaluator(plant).locate(ip)?.asset;
  return {
    ip,
    port: at === undefined ? portOf(asset) : Number(at),
    ...(asset !== undefined && { asset }),
  };
}

/** Addresses that the question speaks of; undefined where it names nobody. */
function clientsOf(plant: Plant, text: string): readonly string[] | undefined {
  if (parseIp(text) !== undefined) return [text];
  const [kind, id = ''] = text.includes(':') ? text.split(':', 2) : ['asset', text];
  if (kind === 'vendor') return plant.vendors.has(id) ? plant.gates : undefined;
  const asset = kind === 'asset' ? plant.assets.get(id) : undefined;
  return asset === undefined ? undefined : [asset.address];
}

function answer(decision: Decision, sentence: string): Explanation {
  const text = [
    `${decision.allowed ? 'yes' : 'no'}: ${sentence}`,
    ...decision.because.map((reason) => `  ${showReason(reason)}`),
  ].join('\n');
  return { kind: 'answer', allowed: decision.allowed, text };
}

/** `plant.yaml:126 [control-room-cell-1] conduit ... lets ...` */
const showReason = ({ rule, at, text }: Reason): string =>
  `${at === undefined ? '' : `${at.file}:${at.line} `}[${rule}] ${text}`;
