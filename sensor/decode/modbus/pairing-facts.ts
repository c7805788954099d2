/** What the pairing of requests and answers has to say, in words. */
import { ANSWER_WITHIN_MICROS } from './answer-time.ts';
import { fault, type ModbusFact } from './fault.ts';
import { MAX_PENDING } from './pending.ts';

export const unanswered = (): ModbusFact =>
  fault(
    'modbus.unanswered',
    `no answer within ${ANSWER_WITHIN_MICROS / 1e6} s or before the connection ended`,
  );

/** `id`: undefined where the framing has none. */
export const noRequest = (id: number | undefined): ModbusFact =>
  fault(
    'modbus.response-without-request',
    id === undefined
      ? 'no request of its unit and function waits for an answer'
      : `no request with transaction id ${id} waits for an answer`,
  );

export const ignoresIds = (): ModbusFact =>
  fault(
    'modbus.transaction-ignored',
    'the server answers with transaction ids of its own: from now on its answers are joined by order',
  );

export const memoryLimit = (): ModbusFact =>
  fault(
    'modbus.memory-limit',
    'is told without its other half: what waits in all connections took too much memory',
  );

export const pendingLimit = (): ModbusFact =>
  fault('modbus.pending-limit', `${MAX_PENDING} requests were sent without waiting for this one`);
