/** One PDU as the recording tells it. */
import type { RecordedOperation, RecordedValue, SeenValue } from '#broker/model/recording.ts';
import { EXCEPTIONS } from '#sensor/decode/modbus/functions.ts';
import { CHANGING } from '#sensor/model/operation.ts';
import { isoMicros, type Micros } from '#sensor/model/time.ts';
import type { Ask, Intent, Outgoing, Refusal, Settlement } from './desk.ts';
import { type LastSeen, writtenBy } from './last-seen.ts';
import type { IntentLine } from './recording.ts';
import { describeOperations, type Tense } from './words.ts';

export interface Place {
  readonly session: string;
  readonly sequence: number;
  readonly at: Micros;
}

/** What stands where `ask` writes, as last seen. */
export function oldOf(ask: Ask, lastSeen: LastSeen, now: Micros): readonly SeenValue[] {
  return ask.operations.flatMap(({ kind, object }) =>
    kind === 'write' && object.kind === 'modbus-range'
      ? lastSeen.recall(object, object.quantity, now)
      : [],
  );
}

export function intentLine(intent: Intent, { tuple, transaction, pdu }: Outgoing): IntentLine {
  return {
    sequence: intent.sequence,
    at: isoMicros(intent.at),
    ...told(intent, (each) => words(each, 'infinitive')),
    ...facts(intent.ask, intent.old),
    rule: intent.rule,
    key: `${tuple}#${transaction}`,
    pdu: pdu.toString('hex'),
  };
}

export function refusedOperation(place: Place, ask: Ask, refusal: Refusal): RecordedOperation {
  const { functionCode } = ask.request;
  const asked = describeOperations(functionCode, ask.operations, 'infinitive');
  const deed = `${asked} (exception ${refusal.exception}): because ${refusal.because}`;
  return {
    ...placed(place),
    decision: 'refused',
    text: `refused: ${deed}`,
    deed,
    ...facts(ask, []),
    rule: refusal.rule,
    outcome: 'not-sent',
  };
}

/** Says what came of an intent, and takes in the values that passed. */
export function settledOperation(
  place: Place,
  intent: Intent,
  settlement: Settlement,
  lastSeen: LastSeen,
  now: Micros,
): RecordedOperation {
  const { ask, rule, old } = intent;
  const { outcome, refused } = settlement;
  if (refused !== undefined) return refusedOperation(place, ask, refused);
  if (outcome === 'success') take(ask, settlement.read, lastSeen, now);
  return {
    ...placed(place),
    decision: 'allowed',
    ...told(intent, (each) => outcomeWords(each, settlement)),
    ...facts(ask, old),
    rule,
    outcome,
  };
}

/** What `say` makes of the intent, and of it without the old values, which a screen has in a column of their own. */
const told = (
  intent: Intent,
  say: (intent: Intent) => string,
): Pick<RecordedOperation, 'text' | 'deed'> => ({
  text: say(intent),
  ...(intent.old.length > 0 && { deed: say({ ...intent, old: [] }) }),
});

function outcomeWords(intent: Intent, { outcome, exceptionCode = 0 }: Settlement): string {
  switch (outcome) {
    case 'success':
      return words(intent, 'past');
    case 'exception': {
      const name = EXCEPTIONS.get(exceptionCode) ?? 'not assigned';
      return `${words(intent, 'infinitive')}: the asset answered exception ${exceptionCode} (${name})`;
    }
    case 'no-answer':
      return `${words(intent, 'infinitive')}: sent, and the asset did not answer${intent.ask.changing ? '; nobody knows whether it was done' : ''}`;
    case 'not-sent':
      return `${words(intent, 'infinitive')}: not sent, the connection was closed`;
    default:
      return outcome satisfies never;
  }
}

const words = ({ ask, old }: Intent, tense: Tense): string =>
  describeOperations(ask.request.functionCode, ask.operations, tense, old);

const placed = ({ session, sequence, at }: Place) => ({ session, sequence, at: isoMicros(at) });

function facts(ask: Ask, old: readonly SeenValue[]) {
  const { operations, request } = ask;
  const kind = (operations.find((operation) => CHANGING.has(operation.kind)) ?? operations[0])
    ?.kind;
  const written: readonly RecordedValue[] = operations.flatMap(writtenBy);
  return {
    ...(kind !== undefined && { kind }),
    functionCode: request.functionCode,
    ...(old.length > 0 && { old }),
    ...(written.length > 0 && { new: written }),
  };
}

function take(
  { operations }: Ask,
  read: readonly number[] | undefined,
  lastSeen: LastSeen,
  now: Micros,
): void {
  for (const { kind, object, values } of operations) {
    if (object.kind !== 'modbus-range') continue;
    if (kind === 'write' && values !== undefined) lastSeen.see(object, values, now);
    if (kind === 'read' && read !== undefined) lastSeen.see(object, read, now);
  }
}
