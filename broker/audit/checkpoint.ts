/**
 * Checkpoints as C2SP tlog-checkpoint has them: the log at one size, as a signed note.
 *
 *     lockkeeper.example/plant-1\n     origin: which log
 *     57\n                             leaves
 *     BASE64(root 32)\n
 *     \n
 *     — lockkeeper.example/plant-1 BASE64(...)\n
 *
 * It holds no time: the leaves do, and an outside witness adds its own when it countersigns.
 */
import type { Tree } from './log.ts';
import { decodeBase64, type NoteKey, openNote, signNote } from './note.ts';

export interface Checkpoint extends Tree {
  readonly origin: string;
  /** The signed note, whole. */
  readonly note: string;
}

/** The name of the key is the origin of the log. */
export function signCheckpoint({ size, root }: Tree, key: NoteKey): Checkpoint {
  const text = `${key.name}\n${size}\n${root.toString('base64')}\n`;
  return { origin: key.name, size, root, note: signNote(text, key) };
}

export type ReadCheckpoint =
  | { readonly kind: 'checkpoint'; readonly checkpoint: Checkpoint }
  /** In words, to follow "the checkpoint". */
  | { readonly kind: 'refused'; readonly why: string };

const ROOT_BYTES = 32;

/** The checkpoint, iff `key` signed it for its own log. */
export function readCheckpoint(note: string, key: NoteKey): ReadCheckpoint {
  const opened = openNote(note, key);
  if (opened.kind === 'refused') return opened;
  const [origin, size = '', root = ''] = opened.text.split('\n');
  const bytes = decodeBase64(root);
  // A signed text that says none of this is no checkpoint, whoever signed it.
  if (!/^(0|[1-9]\d{0,15})$/.test(size) || bytes?.length !== ROOT_BYTES) {
    return { kind: 'refused', why: 'is signed, but is no checkpoint of a log' };
  }
  if (origin !== key.name) return { kind: 'refused', why: `is of another log, \`${origin}\`` };
  return { kind: 'checkpoint', checkpoint: { origin, size: Number(size), root: bytes, note } };
}
