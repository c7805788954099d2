/** What the product asks of a response, taken out of its tree. OPC 10000-4, 5. */
import { MAX_NODES } from '#sensor/model/bounds.ts';
import type { NodeResult, ResponseBody } from './body.ts';
import { readCertificate } from './certificate.ts';
import type { Structure } from './datum.ts';
import * as services from './services.ts';
import { isBad } from './status-codes.ts';
import { bytesAt, listOf, numberAt, structureOf, textAt, timeAt } from './tree.ts';

/** `id` is that of the request; `token` what tells the session that a server opens. */
export function responseBody(id: number, parameters: Structure, token: string): ResponseBody {
  switch (id) {
    case services.GET_ENDPOINTS: {
      const [endpoint] = listOf(parameters.fields.get('endpoints'))?.members ?? [];
      return { kind: 'discovery', serverUri: textAt(endpoint, ...URI_OF_ENDPOINT), parameters };
    }
    case services.FIND_SERVERS: {
      const [server] = listOf(parameters.fields.get('servers'))?.members ?? [];
      return { kind: 'discovery', serverUri: textAt(server, 'applicationUri'), parameters };
    }
    case services.OPEN_CHANNEL: {
      const channelId = numberAt(parameters, 'securityToken', 'channelId');
      const tokenId = numberAt(parameters, 'securityToken', 'tokenId');
      const createdAt = timeAt(parameters, 'securityToken', 'createdAt');
      const lifetime = numberAt(parameters, 'securityToken', 'revisedLifetime');
      return { kind: 'open-channel', channelId, tokenId, createdAt, lifetime, parameters };
    }
    case services.CREATE_SESSION: {
      const [endpoint] = listOf(parameters.fields.get('serverEndpoints'))?.members ?? [];
      return {
        kind: 'create-session',
        token,
        serverUri: textAt(endpoint, ...URI_OF_ENDPOINT),
        certificate: readCertificate(bytesAt(parameters, 'serverCertificate')),
        parameters,
      };
    }
    default:
      return results(parameters) ?? { kind: 'parameters', parameters };
  }
}

const URI_OF_ENDPOINT = ['server', 'applicationUri'];

/** A status for each node or item that was asked for; undefined where the service gives none. */
function results(parameters: Structure): ResponseBody | undefined {
  const list = listOf(parameters.fields.get('results'));
  if (list === undefined) return undefined;
  const statuses = list.members.map((member) =>
    structureOf(member) === undefined ? numberAt(member) : numberAt(member, 'statusCode'),
  );
  const bad = statuses.filter(isBad).length;
  const count = Math.max(0, list.count);
  return {
    kind: 'results',
    results: statuses.slice(0, MAX_NODES).map((status): NodeResult => ({ status })),
    count,
    // Where there was no room for all of them, the others are taken to be as those.
    bad: bad === statuses.length ? count : bad,
    parameters,
  };
}
