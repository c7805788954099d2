/** The logs of OPC UA: `opcua_binary.log`, a row for each exchange, and what its messages say in logs of their own. */
import type { Structure } from '#sensor/decode/opcua/datum.ts';
import type { WireExchange, WireMessage } from '#sensor/decode/opcua/wire-message.ts';
import type { OpcuaExchange } from '#sensor/model/event.ts';
import type { FlowNote } from '../flow-book.ts';
import { readRequest, readResponse, writeRequest, writeResponse } from './opcua-attribute.ts';
import { exchangeValues, requestValues, responseValues, transportValues } from './opcua-header.ts';
import {
  createItemsRequest,
  createItemsResponse,
  createSubscriptionRequest,
  createSubscriptionResponse,
} from './opcua-monitoring.ts';
import { type Links, linksOf, OpcuaRows, OpcuaTables } from './opcua-rows.ts';
import {
  activateSessionRequest,
  activateSessionResponse,
  closeSessionRequest,
  createSessionRequest,
  createSessionResponse,
  getEndpointsRequest,
  getEndpointsResponse,
  openChannelRequest,
  openChannelResponse,
} from './opcua-session.ts';
import { browseNextRequest, browseRequest, browseResponse } from './opcua-view.ts';

/** Writes what a message says; `link` joins it with its exchange. */
type Writer = (rows: OpcuaRows, body: Structure, link: string) => void;

/** Of the others ICSNPP tells no more than that they were there. */
const WRITERS: ReadonlyMap<string, Writer> = new Map<string, Writer>([
  ['OpenSecureChannelRequest', openChannelRequest],
  ['OpenSecureChannelResponse', openChannelResponse],
  ['GetEndpointsRequest', getEndpointsRequest],
  ['GetEndpointsResponse', getEndpointsResponse],
  ['CreateSessionRequest', createSessionRequest],
  ['CreateSessionResponse', createSessionResponse],
  ['ActivateSessionRequest', activateSessionRequest],
  ['ActivateSessionResponse', activateSessionResponse],
  ['CloseSessionRequest', closeSessionRequest],
  ['BrowseRequest', browseRequest],
  ['BrowseResponse', browseResponse],
  ['BrowseNextRequest', browseNextRequest],
  ['BrowseNextResponse', browseResponse],
  ['ReadRequest', readRequest],
  ['ReadResponse', readResponse],
  ['WriteRequest', writeRequest],
  ['WriteResponse', writeResponse],
  ['CreateSubscriptionRequest', createSubscriptionRequest],
  ['CreateSubscriptionResponse', createSubscriptionResponse],
  ['CreateMonitoredItemsRequest', createItemsRequest],
  ['CreateMonitoredItemsResponse', createItemsResponse],
]);

export class OpcuaLogs {
  readonly #tables: OpcuaTables;

  constructor(folder: string) {
    this.#tables = new OpcuaTables(folder);
  }

  write(exchange: OpcuaExchange, messages: WireExchange, note: FlowNote | undefined): void {
    const links = linksOf(note?.uid ?? '', note?.exchanges ?? 0);
    const { messageType, endpointUrl } = exchange.opcua;
    if (messages.kind === 'transport') {
      const values = transportValues(messageType, messages.bytes, endpointUrl);
      this.#rows(exchange, note, links, true).write('opcua_binary', values);
      return;
    }
    const { request, response } = messages;
    const asking = this.#rows(exchange, note, links, true, request);
    const answering = this.#rows(exchange, note, links, false, response);
    const [asked, answered] = [links.next(), links.next()];
    asking.write('opcua_binary', {
      ...exchangeValues(messageType, request, response),
      ...(request && requestValues(request, asked)),
      ...(response && responseValues(answering, response, answered)),
    });
    writeBody(asking, request, asked);
    writeBody(answering, response, answered);
  }

  close(): void {
    this.#tables.close();
  }

  #rows(
    { client, server, at }: OpcuaExchange,
    note: FlowNote | undefined,
    links: Links,
    fromClient: boolean,
    message?: WireMessage,
  ): OpcuaRows {
    const base = { at: message?.at ?? at, uid: note?.uid, client, server, fromClient };
    return new OpcuaRows(this.#tables, base, links);
  }
}

function writeBody(rows: OpcuaRows, message: WireMessage | undefined, link: string): void {
  const body = message?.content?.message.tree;
  if (body !== undefined) WRITERS.get(body.type)?.(rows, body, link);
}
