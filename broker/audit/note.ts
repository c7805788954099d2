/**
 * Signed notes as C2SP signed-note has them: a text, an empty line, and a line for each signature.
 *
 *     text\n
 *     \n
 *     — NAME BASE64(key id 4 | Ed25519 signature 64)\n
 *
 * The key id is the first four bytes of sha-256(NAME 0x0a 0x01 public key). A verifier key is
 * `NAME+HEX(key id)+BASE64(0x01 | public key 32)`.
 */
import { createHash, createPublicKey, type KeyObject, sign, verify } from 'node:crypto';

/** Signature type of plain Ed25519. */
const ED25519 = 0x01;
const KEY_BYTES = 32;
const ID_BYTES = 4;
const SIGNATURE_BYTES = 64;
/** Far more than a checkpoint with the signatures of many witnesses. */
export const MAX_NOTE_BYTES = 64 * 1024;

export interface NoteKey {
  readonly name: string;
  readonly id: Buffer;
  readonly key: KeyObject;
}

/** The specification: not empty, no space, no plus. */
export const isKeyName = (name: string): boolean => /^[^\s+]+$/u.test(name);

const rawKey = (key: KeyObject): Buffer =>
  Buffer.from(key.export({ format: 'jwk' }).x ?? '', 'base64url');

/** `key` is an Ed25519 key, private or public. */
export function noteKey(name: string, key: KeyObject): NoteKey {
  const open = key.type === 'private' ? createPublicKey(key) : key;
  const hashed = Buffer.concat([Buffer.from(`${name}\n`), Buffer.from([ED25519]), rawKey(open)]);
  const id = createHash('sha256').update(hashed).digest().subarray(0, ID_BYTES);
  return { name, id, key };
}

export function verifierKeyText({ name, id, key }: NoteKey): string {
  const open = key.type === 'private' ? createPublicKey(key) : key;
  const bytes = Buffer.concat([Buffer.from([ED25519]), rawKey(open)]);
  return `${name}+${id.toString('hex')}+${bytes.toString('base64')}`;
}

/** Reads what `verifierKeyText` wrote; undefined where it is none or its id does not belong to it. */
export function parseVerifierKey(text: string): NoteKey | undefined {
  const match = /^([^\s+]+)\+([0-9a-f]{8})\+([A-Za-z0-9+/=]+)$/u.exec(text);
  const [, name, hex, encoded] = match ?? [];
  if (name === undefined || encoded === undefined) return undefined;
  const bytes = decodeBase64(encoded);
  if (bytes?.length !== 1 + KEY_BYTES || bytes[0] !== ED25519) return undefined;
  const x = bytes.subarray(1).toString('base64url');
  const made = noteKey(
    name,
    createPublicKey({ key: { kty: 'OKP', crv: 'Ed25519', x }, format: 'jwk' }),
  );
  return made.id.toString('hex') === hex ? made : undefined;
}

/** Strict: `Buffer.from` takes what is no base64, and several texts for the same bytes. */
export function decodeBase64(text: string): Buffer | undefined {
  const bytes = Buffer.from(text, 'base64');
  return bytes.toString('base64') === text ? bytes : undefined;
}

/** `text` ends with a newline. */
export function signNote(text: string, key: NoteKey): string {
  const signature = sign(null, Buffer.from(text), key.key);
  const line = Buffer.concat([key.id, signature]).toString('base64');
  return `${text}\n— ${key.name} ${line}\n`;
}

export type OpenedNote =
  | { readonly kind: 'signed'; readonly text: string }
  /** In words, to follow "the checkpoint": `is not a signed note`. */
  | { readonly kind: 'refused'; readonly why: string };

const refused = (why: string): OpenedNote => ({ kind: 'refused', why });

/** The text, iff `key` signed it. Signatures of others (witnesses) are left aside, as the specification says. */
export function openNote(note: string, key: NoteKey): OpenedNote {
  const end = note.lastIndexOf('\n\n');
  if (end < 0 || note.length > MAX_NOTE_BYTES || !note.endsWith('\n')) {
    return refused('is not a signed note');
  }
  const text = note.slice(0, end + 1);
  const lines = note.slice(end + 2, -1).split('\n');
  let signed = false;
  for (const line of lines) {
    const [, name, encoded] = /^— ([^\s+]+) ([A-Za-z0-9+/=]+)$/u.exec(line) ?? [];
    const bytes = encoded === undefined ? undefined : decodeBase64(encoded);
    if (bytes === undefined || bytes.length <= ID_BYTES) return refused('is not a signed note');
    if (name !== key.name || !bytes.subarray(0, ID_BYTES).equals(key.id)) continue;
    if (!isSignature(text, bytes.subarray(ID_BYTES), key.key)) {
      return refused('has a wrong signature: it was changed after it was signed');
    }
    signed = true;
  }
  return signed
    ? { kind: 'signed', text }
    : refused(`is not signed by \`${key.name}\` with this key`);
}

const isSignature = (text: string, signature: Buffer, key: KeyObject): boolean =>
  signature.length === SIGNATURE_BYTES && verify(null, Buffer.from(text), key, signature);
