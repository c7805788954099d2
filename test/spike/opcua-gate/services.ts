/**
 * The services of a session that the gate carries: each request is decided, then sent anew from what was understood,
 * in the gate's own session. Nothing of the vendor's request header goes on; nothing of the server's comes back.
 */
import { randomBytes } from 'node:crypto';
import {
  AttributeIds,
  BrowseNextRequest,
  BrowseNextResponse,
  BrowseRequest,
  BrowseResponse,
  BrowseResult,
  CallRequest,
  CallResponse,
  CreateMonitoredItemsRequest,
  CreateMonitoredItemsResponse,
  CreateSubscriptionRequest,
  CreateSubscriptionResponse,
  DataChangeFilter,
  DataValue,
  DeleteSubscriptionsRequest,
  DeleteSubscriptionsResponse,
  type MonitoredItemCreateRequest,
  MonitoredItemCreateResult,
  PublishRequest,
  PublishResponse,
  ReadRequest,
  ReadResponse,
  RegisterNodesRequest,
  RegisterNodesResponse,
  type Request,
  type Response,
  type StatusCode,
  StatusCodes,
  SubscriptionAcknowledgement,
  UnregisterNodesRequest,
  UnregisterNodesResponse,
  WriteRequest,
  WriteResponse,
} from 'node-opcua';
import type { Judge } from './allowed.ts';
import { type SecuredSession, ServiceRefused } from './secured-session.ts';

/** Of one session, at a time. What a vendor's tool needs is a handful. */
const MAX_CONTINUATION_POINTS = 16;
const MAX_SUBSCRIPTIONS = 8;

/** One session of a vendor that is in force: its session behind the gate, and the ids that it was given instead. */
export class Live {
  readonly upstream: SecuredSession;
  readonly judge: Judge;
  /** Ours -> the server's. */
  readonly subscriptions = new Map<number, number>();
  readonly #continuations = new Map<string, Buffer>();
  #lastSubscription = 0;

  constructor(upstream: SecuredSession, judge: Judge) {
    this.upstream = upstream;
    this.judge = judge;
  }

  subscribed(theirs: number): number {
    this.#lastSubscription += 1;
    this.subscriptions.set(this.#lastSubscription, theirs);
    return this.#lastSubscription;
  }

  /** `undefined` when there is nothing to continue. */
  keepContinuation(theirs: Buffer | null | undefined): Buffer | undefined {
    if (!theirs || theirs.length === 0) return;
    if (this.#continuations.size >= MAX_CONTINUATION_POINTS) {
      throw new ServiceRefused(StatusCodes.BadNoContinuationPoints);
    }
    const ours = randomBytes(16);
    this.#continuations.set(ours.toString('hex'), theirs);
    return ours;
  }

  /** The server's point for ours, once. */
  takeContinuation(ours: Buffer | null | undefined): Buffer | undefined {
    const key = ours?.toString('hex') ?? '';
    const theirs = this.#continuations.get(key);
    this.#continuations.delete(key);
    return theirs;
  }
}

/** Sends on what is not refused and puts the answers where their questions were. */
async function each<Item, Result>(
  items: readonly Item[] | null | undefined,
  verdict: (item: Item) => StatusCode | undefined,
  refusal: (statusCode: StatusCode) => Result,
  send: (passed: Item[]) => Promise<readonly Result[] | null | undefined>,
): Promise<Result[]> {
  const all = items ?? [];
  const refused = all.map(verdict);
  const passed = all.filter((_, i) => refused[i] === undefined);
  const answers = passed.length === 0 ? [] : ((await send(passed)) ?? []);
  let next = 0;
  return refused.map((status) => {
    if (status !== undefined) return refusal(status);
    const answer = answers[next];
    next += 1;
    return answer ?? refusal(StatusCodes.BadUnexpectedError);
  });
}

/** Throws the first refusal: of what changes something, all passes or nothing does. */
function allOrNothing<Item>(
  items: readonly Item[] | null | undefined,
  verdict: (item: Item) => StatusCode | undefined,
): Item[] {
  const all = [...(items ?? [])];
  for (const item of all) {
    const status = verdict(item);
    if (status !== undefined) throw new ServiceRefused(status);
  }
  return all;
}

async function read(request: ReadRequest, { judge, upstream }: Live): Promise<Response> {
  const { maxAge, timestampsToReturn } = request;
  const results = await each(
    request.nodesToRead,
    (item) => judge.read(item.nodeId),
    (statusCode) => new DataValue({ statusCode }),
    async (nodesToRead) => {
      const again = new ReadRequest({ maxAge, timestampsToReturn, nodesToRead });
      return (await upstream.perform<ReadResponse>(again)).results;
    },
  );
  return new ReadResponse({ results });
}

async function write(request: WriteRequest, { judge, upstream }: Live): Promise<Response> {
  const nodesToWrite = allOrNothing(request.nodesToWrite, (item) => judge.write(item));
  const { results } = await upstream.perform<WriteResponse>(new WriteRequest({ nodesToWrite }));
  return new WriteResponse({ results });
}

async function call(request: CallRequest, { judge, upstream }: Live): Promise<Response> {
  const methodsToCall = allOrNothing(request.methodsToCall, (item) => judge.call(item));
  const { results } = await upstream.perform<CallResponse>(new CallRequest({ methodsToCall }));
  return new CallResponse({ results });
}

async function browse(request: BrowseRequest, live: Live): Promise<Response> {
  const { requestedMaxReferencesPerNode } = request;
  const results = await each(
    request.nodesToBrowse,
    (item) => live.judge.browse(item.nodeId),
    (statusCode) => new BrowseResult({ statusCode }),
    async (nodesToBrowse) => {
      const again = new BrowseRequest({ requestedMaxReferencesPerNode, nodesToBrowse });
      return (await live.upstream.perform<BrowseResponse>(again)).results;
    },
  );
  return new BrowseResponse({ results: results.map((one) => ownContinuation(one, live)) });
}

async function browseNext(request: BrowseNextRequest, live: Live): Promise<Response> {
  const { releaseContinuationPoints } = request;
  const points = (request.continuationPoints ?? []).map((ours) => live.takeContinuation(ours));
  const results = await each(
    points,
    (theirs) => (theirs ? undefined : StatusCodes.BadContinuationPointInvalid),
    (statusCode) => new BrowseResult({ statusCode }),
    async (passed) => {
      const continuationPoints = passed.filter((point) => point !== undefined);
      const again = new BrowseNextRequest({ releaseContinuationPoints, continuationPoints });
      return (await live.upstream.perform<BrowseNextResponse>(again)).results;
    },
  );
  return new BrowseNextResponse({ results: results.map((one) => ownContinuation(one, live)) });
}

function ownContinuation({ statusCode, references, continuationPoint }: BrowseResult, live: Live) {
  const ours = live.keepContinuation(continuationPoint);
  return new BrowseResult({ statusCode, references, ...(ours && { continuationPoint: ours }) });
}

/**
 * Answered here, with the same NodeIds: a handle of the server would be a second name for a node, which every
 * decision would have to see through.
 */
async function registerNodes(request: RegisterNodesRequest): Promise<Response> {
  return new RegisterNodesResponse({ registeredNodeIds: request.nodesToRegister });
}

async function unregisterNodes(): Promise<Response> {
  return new UnregisterNodesResponse({});
}

async function createSubscription(
  request: CreateSubscriptionRequest,
  live: Live,
): Promise<Response> {
  if (live.subscriptions.size >= MAX_SUBSCRIPTIONS) {
    throw new ServiceRefused(StatusCodes.BadTooManySubscriptions);
  }
  const { subscriptionId, ...revised } = await live.upstream.perform<CreateSubscriptionResponse>(
    new CreateSubscriptionRequest({
      requestedPublishingInterval: request.requestedPublishingInterval,
      requestedLifetimeCount: request.requestedLifetimeCount,
      requestedMaxKeepAliveCount: request.requestedMaxKeepAliveCount,
      maxNotificationsPerPublish: request.maxNotificationsPerPublish,
      publishingEnabled: request.publishingEnabled,
      priority: request.priority,
    }),
  );
  return new CreateSubscriptionResponse({
    subscriptionId: live.subscribed(subscriptionId),
    revisedPublishingInterval: revised.revisedPublishingInterval,
    revisedLifetimeCount: revised.revisedLifetimeCount,
    revisedMaxKeepAliveCount: revised.revisedMaxKeepAliveCount,
  });
}

async function createMonitoredItems(
  request: CreateMonitoredItemsRequest,
  { judge, upstream, subscriptions }: Live,
): Promise<Response> {
  const subscriptionId = subscriptions.get(request.subscriptionId);
  if (subscriptionId === undefined) throw new ServiceRefused(StatusCodes.BadSubscriptionIdInvalid);
  const { timestampsToReturn } = request;
  const verdict = ({ itemToMonitor, requestedParameters }: MonitoredItemCreateRequest) => {
    // Events carry a query over the whole address space, which is not decided here.
    if (itemToMonitor.attributeId !== AttributeIds.Value) return StatusCodes.BadUserAccessDenied;
    const filter = requestedParameters.filter;
    if (filter !== null && !(filter instanceof DataChangeFilter)) {
      return StatusCodes.BadMonitoredItemFilterUnsupported;
    }
    return judge.read(itemToMonitor.nodeId);
  };
  const results = await each(
    request.itemsToCreate,
    verdict,
    (statusCode) => new MonitoredItemCreateResult({ statusCode }),
    async (itemsToCreate) => {
      const again = { subscriptionId, timestampsToReturn, itemsToCreate };
      const request = new CreateMonitoredItemsRequest(again);
      return (await upstream.perform<CreateMonitoredItemsResponse>(request)).results;
    },
  );
  return new CreateMonitoredItemsResponse({ results });
}

/** Waits as long as the server does. A notification for a subscription that is not this session's cannot come. */
async function publish(request: PublishRequest, { upstream, subscriptions }: Live) {
  const acknowledged = (request.subscriptionAcknowledgements ?? []).map((one) => ({
    subscriptionId: subscriptions.get(one.subscriptionId),
    sequenceNumber: one.sequenceNumber,
  }));
  const again = new PublishRequest({
    requestHeader: { timeoutHint: request.requestHeader.timeoutHint },
    subscriptionAcknowledgements: acknowledged.flatMap(({ subscriptionId, sequenceNumber }) =>
      subscriptionId === undefined
        ? []
        : [new SubscriptionAcknowledgement({ subscriptionId, sequenceNumber })],
    ),
  });
  const answer = await upstream.perform<PublishResponse>(again);
  const results = [...(answer.results ?? [])];
  const ours = [...subscriptions].find(([, theirs]) => theirs === answer.subscriptionId);
  return new PublishResponse({
    subscriptionId: ours?.[0] ?? 0,
    availableSequenceNumbers: answer.availableSequenceNumbers,
    moreNotifications: answer.moreNotifications,
    notificationMessage: answer.notificationMessage,
    results: acknowledged.map(({ subscriptionId }) =>
      subscriptionId === undefined
        ? StatusCodes.BadSubscriptionIdInvalid
        : (results.shift() ?? StatusCodes.BadUnexpectedError),
    ),
  });
}

async function deleteSubscriptions(request: DeleteSubscriptionsRequest, live: Live) {
  const { subscriptions, upstream } = live;
  const results = await each(
    request.subscriptionIds,
    (ours) => (subscriptions.has(ours) ? undefined : StatusCodes.BadSubscriptionIdInvalid),
    (statusCode) => statusCode,
    async (passed) => {
      const subscriptionIds = passed.flatMap((ours) => subscriptions.get(ours) ?? []);
      for (const ours of passed) subscriptions.delete(ours);
      const again = new DeleteSubscriptionsRequest({ subscriptionIds });
      return (await upstream.perform<DeleteSubscriptionsResponse>(again)).results;
    },
  );
  return new DeleteSubscriptionsResponse({ results });
}

type Service = (request: never, live: Live) => Promise<Response>;

/** What is not listed is refused: TransferSubscriptions above all, which would reach into another vendor's session. */
const SERVICES: ReadonlyMap<unknown, Service> = new Map<unknown, Service>([
  [ReadRequest, read],
  [WriteRequest, write],
  [CallRequest, call],
  [BrowseRequest, browse],
  [BrowseNextRequest, browseNext],
  [RegisterNodesRequest, registerNodes],
  [UnregisterNodesRequest, unregisterNodes],
  [CreateSubscriptionRequest, createSubscription],
  [CreateMonitoredItemsRequest, createMonitoredItems],
  [PublishRequest, publish],
  [DeleteSubscriptionsRequest, deleteSubscriptions],
]);

/** The answer to `request`; throws `ServiceRefused`. */
export async function serve(request: Request, live: Live): Promise<Response> {
  const service = SERVICES.get(request.constructor);
  if (service === undefined) throw new ServiceRefused(StatusCodes.BadUserAccessDenied);
  return service(request as never, live);
}
