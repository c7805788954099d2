/**
 * Why an operation was seen on the wire: because the gate emitted it, because the policy lets that
 * client operate the asset by itself, or for no reason that the broker knows.
 */
import type { Emission, ReportedOperation } from '#broker/model/operation.ts';
import type { Evaluator } from '#policies/evaluate.ts';
import type { Reason } from '#policies/plant.ts';
import type { Exchange } from '#sensor/model/event.ts';
import { writtenPdu } from './emitted-content.ts';

export type Explanation<E extends Emission> =
  | { readonly kind: 'emitted'; readonly emission: E }
  | { readonly kind: 'local-operator' }
  | {
      readonly kind: 'none';
      readonly because: string;
      /** The same with the lines of the policy, and what else it says of the way there. */
      readonly reasons: readonly string[];
    };

/**
 * µs between the gate's clock at the emission and the sensor's at the packet. It is this wide because
 * site clocks drift; tuple, transaction id and content must agree as well.
 */
export const MATCH_WINDOW = 5 * 60 * 1_000_000;

/** `candidates`: unclaimed emissions with the operation's join key. */
export function explain<E extends Emission>(
  { exchange }: ReportedOperation,
  candidates: readonly E[],
  { evaluateDirect, locate }: Pick<Evaluator, 'evaluateDirect' | 'locate'>,
): Explanation<E> {
  const near = candidates.filter(({ sentAt }) => Math.abs(sentAt - exchange.at) <= MATCH_WINDOW);
  const emission = near
    .filter((each) => isSame(each, exchange))
    .sort((a, b) => Math.abs(a.sentAt - exchange.at) - Math.abs(b.sentAt - exchange.at))[0];
  if (emission !== undefined) return { kind: 'emitted', emission };
  // The gate's own address is nobody's to operate from: what it did not emit, somebody forged.
  if (locate(exchange.client.ip)?.isGate === true) {
    const because =
      near.length === 0
        ? 'it comes from the address of the gate, which did not emit it'
        : 'the gate emitted another request with this transaction id on this connection';
    return { kind: 'none', because, reasons: [because] };
  }
  const decisions = exchange.operations.map((operation) =>
    evaluateDirect({ from: exchange.client.ip, to: exchange.server, operation }),
  );
  // What cannot be decided is told by the sensor, and is no reason to accuse anybody.
  const denied = decisions.find(({ allowed, undecided }) => !allowed && undecided !== true);
  if (decisions.length > 0 && denied === undefined) return { kind: 'local-operator' };
  return notAllowed(denied?.because ?? []);
}

/** The gate emits nothing but Modbus, so nothing else can be an emission of it. */
function isSame({ unit, pdu }: Emission, exchange: Exchange): boolean {
  if (exchange.protocol !== 'modbus') return false;
  return unit === exchange.modbus.unitId && pdu.toLowerCase() === writtenPdu(exchange.modbus);
}

function notAllowed(because: readonly Reason[]): Explanation<never> {
  const decided = because.filter(({ aside }) => aside !== true).map(({ text }) => text);
  if (decided.length === 0) {
    const unknown = 'what it does is not understood';
    return { kind: 'none', because: unknown, reasons: [unknown] };
  }
  return { kind: 'none', because: decided.join('; '), reasons: because.map(withLine) };
}

/** As the sensor writes it: `no conduit leads ... (default-deny, plant.yaml:12)`. */
const withLine = ({ rule, at, text }: Reason): string =>
  at === undefined ? `${text} (${rule})` : `${text} (${rule}, ${at.file}:${at.line})`;
