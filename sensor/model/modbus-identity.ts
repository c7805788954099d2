/**
 * What a Modbus device says it is: the objects of function 43/14. Each is ASCII of up to 244 characters.
 * MODBUS Application Protocol V1.1b3, 6.21.
 */
export interface ModbusIdentity {
  /** Object 0, VendorName. */
  readonly vendor?: string;
  /** Object 1, ProductCode. */
  readonly product?: string;
  /** Object 2, MajorMinorRevision. */
  readonly revision?: string;
  /** Object 3, VendorUrl. */
  readonly url?: string;
  /** Object 4, ProductName. */
  readonly name?: string;
  /** Object 5, ModelName. */
  readonly model?: string;
  /** Object 6, UserApplicationName. */
  readonly application?: string;
  /** Objects without a name in the specification: 7-127 are reserved, 128-255 of the vendor. */
  readonly objects?: readonly { readonly id: number; readonly value: string }[];
  /** How much of it the device can tell; `individual` where it gives single objects too. Absent where the code is not assigned. */
  readonly conformity?:
    | 'basic'
    | 'regular'
    | 'extended'
    | 'basic-individual'
    | 'regular-individual'
    | 'extended-individual';
}

/** What was said before, and what is said now, which counts where both say something. */
export function joinIdentity(known: ModbusIdentity, told: ModbusIdentity): ModbusIdentity {
  const objects = new Map(
    [...(known.objects ?? []), ...(told.objects ?? [])].map((each) => [each.id, each]),
  );
  const sorted = [...objects.values()].sort((a, b) => a.id - b.id);
  return { ...known, ...told, ...(sorted.length === 0 ? {} : { objects: sorted }) };
}

/** `Acme Drives PX-200 3.1, Press drive PX` */
export function identityText(identity: ModbusIdentity): string {
  const { vendor, product, revision, name, model, application } = identity;
  const parts = [[vendor, product, revision], [name], [model], [application]].map((words) =>
    words.filter((word) => word !== undefined && word !== '').join(' '),
  );
  return [...new Set(parts.filter((part) => part !== ''))].join(', ');
}
