/** The extensions of a certificate that decide something (RFC 5280, 4.2); the rest by name, if critical. */
import { type DerReader, TAG } from '../der/reader.ts';

export interface Extensions {
  readonly isAuthority: boolean;
  /** Authorities allowed below this one; undefined: any number. */
  readonly pathLength: number | undefined;
  /** Bits of KeyUsage, the first bit being 0x80; undefined where it is not said. */
  readonly keyUsage: number | undefined;
  readonly extendedKeyUsage: readonly string[] | undefined;
  readonly subjectKeyId: Buffer | undefined;
  /** Extensions that forbid to go on because they are not understood, as identifiers. */
  readonly notUnderstood: readonly string[];
}

export const KEY_USAGE = { digitalSignature: 0x80, keyCertSign: 0x04, crlSign: 0x02 } as const;
export const CODE_SIGNING = '1.3.6.1.5.5.7.3.3';
export const ANY_PURPOSE = '2.5.29.37.0';

const OIDS = {
  subjectKeyId: '2.5.29.14',
  keyUsage: '2.5.29.15',
  subjectAltName: '2.5.29.17',
  basicConstraints: '2.5.29.19',
  nameConstraints: '2.5.29.30',
  extendedKeyUsage: '2.5.29.37',
} as const;

interface Found {
  readonly isCritical: boolean;
  readonly value: DerReader;
}

export function readExtensions(sequence: DerReader): Extensions {
  const found = readList(sequence, 'an extension of a certificate');
  const value = (oid: string): DerReader | undefined => found.get(oid)?.value;
  const understood: ReadonlySet<string> = new Set(Object.values(OIDS));
  const notUnderstood = [...found].filter(
    ([oid, { isCritical }]) =>
      // a name constraint binds also where its writer forgot to say that it is critical
      oid === OIDS.nameConstraints || (isCritical && !understood.has(oid)),
  );
  return {
    ...readBasicConstraints(value(OIDS.basicConstraints)),
    keyUsage: readKeyUsage(value(OIDS.keyUsage)),
    extendedKeyUsage: readPurposes(value(OIDS.extendedKeyUsage)),
    subjectKeyId: readKeyId(value(OIDS.subjectKeyId)),
    notUnderstood: notUnderstood.map(([oid]) => oid),
  };
}

/** SEQUENCE OF { oid, critical, OCTET STRING }, by identifier; each at most once (RFC 5280, 4.2). */
export function readList(sequence: DerReader, what: string): ReadonlyMap<string, Found> {
  const found = new Map<string, Found>();
  while (!sequence.isAtEnd) {
    const extension = sequence.enter(TAG.sequence, what);
    const oid = extension.oid(what);
    const isCritical = extension.flag(what);
    const value = extension.into(extension.next(TAG.octetString, what));
    extension.end(what);
    if (found.has(oid)) sequence.fail(`${what}, ${oid}, is there twice`);
    found.set(oid, { isCritical, value });
  }
  return found;
}

function readBasicConstraints(
  value: DerReader | undefined,
): Pick<Extensions, 'isAuthority' | 'pathLength'> {
  const what = 'basicConstraints';
  const sequence = value?.enter(TAG.sequence, what);
  value?.end(what);
  const isAuthority = sequence?.flag(what) ?? false;
  const pathLength = sequence?.isAtEnd === false ? sequence.small(what) : undefined;
  sequence?.end(what);
  if (pathLength !== undefined && !isAuthority)
    sequence?.fail(`${what} limits what is no authority`);
  return { isAuthority, pathLength };
}

function readKeyUsage(value: DerReader | undefined): number | undefined {
  if (value === undefined) return undefined;
  const { content } = value.next(TAG.bitString, 'keyUsage');
  value.end('keyUsage');
  const [unused = 8, first] = content;
  if (unused > 7 || first === undefined || content.length > 3)
    return value.fail('keyUsage is malformed');
  return first;
}

function readPurposes(value: DerReader | undefined): readonly string[] | undefined {
  if (value === undefined) return undefined;
  const sequence = value.enter(TAG.sequence, 'extendedKeyUsage');
  value.end('extendedKeyUsage');
  const purposes: string[] = [];
  while (!sequence.isAtEnd) purposes.push(sequence.oid('extendedKeyUsage'));
  return purposes;
}

function readKeyId(value: DerReader | undefined): Buffer | undefined {
  const { content } = value?.next(TAG.octetString, 'subjectKeyIdentifier') ?? {};
  value?.end('subjectKeyIdentifier');
  return content;
}
