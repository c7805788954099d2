/** What an exchange tells about later ones: which items a subscription has, and which value a node. */
import type { Micros } from '#sensor/model/time.ts';
import type { NodeAttribute, NodeResult, Notified } from './body.ts';
import { nodeIdText } from './node-id.ts';
import type { ParsedRequest } from './parse-request.ts';
import type { ParsedResponse } from './parse-response.ts';
import type { SeenValue, SeenValues } from './seen-values.ts';
import * as services from './services.ts';
import { isBad } from './status-codes.ts';
import type { Subscriptions } from './subscriptions.ts';
import { fieldAt, listOf, numberAt } from './tree.ts';

/** `answered` is no refusal. */
export function followSubscriptions(
  subscriptions: Subscriptions,
  server: string,
  { id, body }: ParsedRequest,
  { body: answer }: ParsedResponse,
): void {
  if (!('parameters' in body)) return;
  const { parameters } = body;
  const subscription = numberAt(parameters, 'subscriptionId');
  switch (id) {
    case services.CREATE_SUBSCRIPTION:
      if (answer.kind !== 'parameters') return;
      subscriptions.create(server, numberAt(answer.parameters, 'subscriptionId'));
      return;
    case services.DELETE_SUBSCRIPTIONS:
      for (const each of listOf(parameters.fields.get('subscriptionIds'))?.members ?? []) {
        subscriptions.delete(server, numberAt(each));
      }
      return;
    case services.CREATE_ITEMS: {
      const numbers = answer.kind === 'results' ? answer.items : undefined;
      if (body.kind !== 'monitor' || numbers === undefined) return;
      subscriptions.watch(server, subscription, body.items, numbers);
      return;
    }
    case services.DELETE_ITEMS:
      for (const each of listOf(parameters.fields.get('monitoredItemIds'))?.members ?? []) {
        subscriptions.unwatch(server, subscription, numberAt(each));
      }
      return;
    case services.MODIFY_ITEMS: {
      const { members = [], count = 0 } = listOf(parameters.fields.get('itemsToModify')) ?? {};
      const results = listOf(fieldAt(parametersOf(answer), 'results'))?.members ?? [];
      // Handles of those that there was no room for are not known any more: no name is better than a wrong one.
      if (Math.min(members.length, results.length) < count) {
        subscriptions.delete(server, subscription);
        return;
      }
      for (const [i, each] of members.entries()) {
        if (isBad(numberAt(results[i], 'statusCode'))) continue;
        const handle = numberAt(each, 'requestedParameters', 'clientHandle');
        subscriptions.rename(server, subscription, numberAt(each, 'monitoredItemId'), handle);
      }
      return;
    }
    default:
      return;
  }
}

const parametersOf = (body: ParsedResponse['body']) =>
  'parameters' in body ? body.parameters : undefined;

export interface ValueParts {
  readonly values: SeenValues;
  readonly server: string;
  /** The node of a notification. */
  readonly watched: (notified: Notified) => NodeAttribute | undefined;
}

/** Takes note of each value that was read, notified or written. `at` is when the answer was seen. */
export function followValues(
  { values, server, watched }: ValueParts,
  asked: ParsedRequest | undefined,
  answered: ParsedResponse | undefined,
  at: Micros,
): void {
  const body = asked?.body;
  const answer = answered?.isHeaded === true ? answered.body : undefined;
  const note = (node: NodeAttribute, result: NodeResult): void => {
    const { value, status } = result;
    const isWhole = value !== undefined && !isBad(status) && node.isPart !== true;
    if (isWhole) keep(values, server, node, { value, at });
  };
  if (answer?.kind === 'published') {
    for (const each of answer.notified) {
      const node = watched(each);
      if (node !== undefined && each.result !== undefined) note(node, each.result);
    }
    return;
  }
  const results = answer?.kind === 'results' ? answer.results : undefined;
  if (body?.kind === 'read') {
    for (const [i, node] of body.nodes.entries()) {
      const result = results?.[i];
      if (result !== undefined) note(node, result);
    }
  }
  if (body?.kind !== 'write') return;
  const isRefused = answered?.isHeaded === true && isBad(answered.header.result);
  for (const [i, node] of body.nodes.entries()) {
    const status = results?.[i]?.status;
    if (isRefused || (status !== undefined && isBad(status))) continue;
    // Where nobody knows what came of it, and of a part of an array, the value is not known any more.
    const isKnown = status !== undefined && node.value !== undefined && node.isPart !== true;
    keep(values, server, node, isKnown ? { value: node.value, at } : undefined);
  }
}

function keep(
  values: SeenValues,
  server: string,
  { node, attribute }: NodeAttribute,
  seen: SeenValue | undefined,
): void {
  if (node.exact) values.set(server, nodeIdText(node), attribute, seen);
}
