/** Why the policies of the product could not be used. A closed list, so that callers can tell the cases apart. */
export type PolicyErrorCode =
  /** The Cedar policies or their schema do not parse, or fail strict validation. */
  | 'people-policy'
  /** The file of a plant policy cannot be read. */
  | 'plant-file';

/** A failed start. Faults inside a plant policy are values (`load.ts`), never this. */
export class PolicyError extends Error {
  readonly code: PolicyErrorCode;

  constructor(code: PolicyErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'PolicyError';
    this.code = code;
  }
}
