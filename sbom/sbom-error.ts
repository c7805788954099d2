import { type Reason, type ReasonCode, reason } from './reason.ts';

export type SbomErrorCode =
  /** The trust folder cannot be read or holds what it should not: a failed start. */
  | 'trust'
  /** The process that validates SBOMs has failed, or was too slow: a fault of ours, about which no verdict is given. */
  | 'validator'
  /** What was read is refused. Thrown by readers of nested formats alone, and caught by `attempt` alone. */
  | 'refused';

/** A failed start, a bug, or a refusal on its way to `attempt`. */
export class SbomError extends Error {
  readonly code: SbomErrorCode;

  constructor(code: SbomErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'SbomError';
    this.code = code;
  }
}

class Refusal extends SbomError {
  readonly reason: Reason;

  constructor(why: Reason) {
    super('refused', why.text);
    this.reason = why;
  }
}

/** Leaves a reader of a nested format, from however deep, for the `attempt` around it. */
export function refuse(code: ReasonCode, text: string): never {
  throw new Refusal(reason(code, text));
}

export interface Refused {
  readonly kind: 'refused';
  readonly reason: Reason;
}

export const refused = (code: ReasonCode, text: string): Refused => ({
  kind: 'refused',
  reason: reason(code, text),
});

/** The value of `read`, or the reason for which it refused. Every other error is a bug and goes on. */
export function attempt<T extends object>(read: () => T): T | Refused {
  try {
    return read();
  } catch (error) {
    if (error instanceof Refusal) return { kind: 'refused', reason: error.reason };
    throw error;
  }
}

export const isRefused = (value: object): value is Refused =>
  'kind' in value && value.kind === 'refused';
