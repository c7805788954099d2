/**
 * OPC UA in the words of a rule's tests, joined by the real decoder:
 *
 *     opcua [policy P] [as anonymous | as NAME] WHAT
 *
 *     get-endpoints | create-session [cert HEX URI [rsa BITS | signed ALGORITHM | from TIME | until TIME]]
 *     activate-session
 *     read NODE | write NODE VALUE | call OBJECT METHOD | browse COUNT
 *
 * Policy None where none is said. `browse 600` names as many different nodes.
 */
import type { NodeAttribute, RequestBody, ResponseBody } from '#sensor/decode/opcua/body.ts';
import type { Structure } from '#sensor/decode/opcua/datum.ts';
import { Directory, type KnownSession } from '#sensor/decode/opcua/directory.ts';
import { joinExchange } from '#sensor/decode/opcua/exchange.ts';
import type { NodeId } from '#sensor/decode/opcua/node-id.ts';
import { nodeIdText } from '#sensor/decode/opcua/node-id.ts';
import * as services from '#sensor/decode/opcua/services.ts';
import type { ExchangeStep } from '#sensor/detect/rule-test.ts';
import { MAX_NODES } from '#sensor/model/bounds.ts';
import type { OpcuaExchange } from '#sensor/model/event.ts';
import { nodeDigest } from '#sensor/model/node-digest.ts';
import type { OpcuaCertificate, OpcuaIdentity } from '#sensor/model/opcua.ts';
import { micros } from '#sensor/model/time.ts';

/** What a server takes to answer, µs. */
const TOOK = 2000;
const CLIENT_PORT = 40_000;
/** Attribute Value. */
const VALUE = 13;

/** Of the fields, rules see only what their words say. */
const NOTHING: Structure = { kind: 'structure', type: '', fields: new Map() };

const ASKED = /^opcua(?: policy (\S+))?(?: as (\S+))? (\S+)(?: (.*))?$/;

interface Asked {
  readonly id: number;
  readonly body: RequestBody;
}

/** The exchange of one step at `at`; undefined where its words name no request. */
export function playOpcua(
  step: ExchangeStep,
  at: number,
  number: number,
): OpcuaExchange | undefined {
  const [, policy = 'None', who, verb = '', rest = ''] = ASKED.exec(step.ask) ?? [];
  const identity = who === undefined ? undefined : identityOf(who);
  const asked = requestOf(verb, rest, identity);
  if (asked === undefined) return undefined;
  const service = services.SERVICES.get(asked.id);
  const read = { facts: [], isExact: true, isHeaded: true, secrets: [] };
  const place = { channelId: 1, tokenId: 1, requestId: number, facts: [] };
  const result = resultOf(step);
  // It heard of no namespaces yet.
  const directory = new Directory();
  const session: KnownSession = {
    name: 'a session',
    applicationUri: 'urn:client',
    ...(identity === undefined ? {} : { identity }),
  };
  return joinExchange({
    client: { ip: step.from, port: CLIENT_PORT },
    server: step.to,
    messageType: 'MSG',
    security: { policy, mode: policy === 'None' ? 'None' : 'Sign', encrypted: false },
    request: {
      ...place,
      at: micros(at),
      frames: [number * 2 - 1],
      parsed: {
        ...read,
        ...asked,
        service,
        header: { token: '', handle: number },
        rest: Buffer.alloc(0),
      },
    },
    response:
      result === undefined
        ? undefined
        : {
            ...place,
            at: micros(at + TOOK),
            frames: [number * 2],
            parsed: {
              ...read,
              id: result === 0 ? (service?.response ?? 0) : services.SERVICE_FAULT,
              service: result === 0 ? service : undefined,
              header: { handle: number, result },
              body: result === 0 ? answerTo(asked.body) : { kind: 'plain' },
            },
          },
    session,
    nameOf: (node) => directory.name(step.to, node),
    watched: () => undefined,
    previous: () => undefined,
    facts: [],
  });
}

const identityOf = (who: string): OpcuaIdentity =>
  who === 'anonymous' ? { type: 'anonymous' } : { type: 'user-name', user: who };

/** Undefined where there is no answer. */
function resultOf({ answer }: ExchangeStep): number | undefined {
  switch (answer.kind) {
    case 'ok':
      return 0;
    case 'status':
      return answer.code;
    case 'none':
    case 'exception':
      return undefined;
    default:
      return answer satisfies never;
  }
}

function requestOf(
  verb: string,
  rest: string,
  identity: OpcuaIdentity | undefined,
): Asked | undefined {
  const [first = '', second = '', third = '', fourth = '', fifth = ''] = rest.split(' ');
  const node: NodeAttribute = { node: nodeOf(first), attribute: VALUE };
  switch (verb) {
    case 'get-endpoints':
      return {
        id: services.GET_ENDPOINTS,
        body: { kind: 'discovery', endpointUrl: 'opc.tcp://server', parameters: NOTHING },
      };
    case 'create-session': {
      const certificate =
        first === 'cert'
          ? { thumbprint: second, applicationUri: third, ...certificateField(fourth, fifth) }
          : undefined;
      const url = { endpointUrl: 'opc.tcp://server', sessionName: 'a session' };
      const body = { kind: 'create-session', applicationUri: 'urn:client', ...url } as const;
      return { id: services.CREATE_SESSION, body: { ...body, certificate, parameters: NOTHING } };
    }
    case 'activate-session':
      return {
        id: services.ACTIVATE_SESSION,
        body: { kind: 'activate-session', identity, parameters: NOTHING },
      };
    case 'read':
      return { id: services.READ, body: { kind: 'read', nodes: [node], more: 0 } };
    case 'write': {
      const nodes = [{ ...node, value: Number(second), type: 'Double' }];
      return { id: services.WRITE, body: { kind: 'write', nodes, more: 0 } };
    }
    case 'call': {
      const methods = [{ object: nodeOf(first), method: nodeOf(second), arguments: [] }];
      return { id: services.CALL, body: { kind: 'call', methods, more: 0 } };
    }
    case 'browse': {
      const nodes = Array.from({ length: Number(first) }, (_, i) => nodeOf(`ns=2;i=${i}`));
      const listed = nodes.slice(0, MAX_NODES);
      const unlisted = nodes.slice(MAX_NODES).map((each) => nodeDigest(nodeIdText(each)));
      const more = unlisted.length;
      return { id: services.BROWSE, body: { kind: 'browse', nodes: listed, unlisted, more } };
    }
    default:
      return undefined;
  }
}

function certificateField(name: string, value: string): Partial<OpcuaCertificate> {
  switch (name) {
    case 'rsa':
      return { key: { type: 'RSA', size: Number(value) } };
    case 'signed':
      return { signatureAlgorithm: value };
    case 'from':
      return { notBefore: value };
    case 'until':
      return { notAfter: value };
    default:
      return {};
  }
}

function nodeOf(text: string): NodeId {
  const [, namespace = '0', identifier = ''] = /^(?:ns=(\d+);)?(.*)$/.exec(text) ?? [];
  return { namespace: Number(namespace), identifier, exact: true };
}

function answerTo(body: RequestBody): ResponseBody {
  switch (body.kind) {
    case 'read':
    case 'write':
    case 'browse':
    case 'nodes':
    case 'monitor':
      return results(body.nodes.length + body.more);
    case 'call':
      return results(body.methods.length + body.more);
    case 'discovery':
    case 'open-channel':
    case 'create-session':
    case 'activate-session':
    case 'parameters':
    case 'plain':
    case 'unread':
      return { kind: 'plain' };
    default:
      return body satisfies never;
  }
}

const results = (count: number): ResponseBody => ({
  kind: 'results',
  results: [],
  count,
  bad: 0,
});
