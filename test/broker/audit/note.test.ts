import { generateKeyPairSync } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import {
  isKeyName,
  noteKey,
  openNote,
  parseVerifierKey,
  signNote,
  verifierKeyText,
} from '#broker/audit/note.ts';

/** The example of golang.org/x/mod/sumdb/note, where the format comes from. */
const NEUMANN = 'PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW';
const TEXT =
  'If you think cryptography is the answer to your problem,\n' +
  "then you don't know what your problem is.\n";
const SIGNATURE =
  '— PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=\n';

const key = noteKey('lockkeeper.example/site-1', generateKeyPairSync('ed25519').privateKey);

describe('a signed note', () => {
  test('of the reference implementation opens with its verifier key', () => {
    const verifier = parseVerifierKey(NEUMANN);
    expect(verifier && openNote(`${TEXT}\n${SIGNATURE}`, verifier)).toEqual({
      kind: 'signed',
      text: TEXT,
    });
    expect(verifier && verifierKeyText(verifier)).toBe(NEUMANN);
  });

  test('opens with the key that signed it, from its verifier key', () => {
    const verifier = parseVerifierKey(verifierKeyText(key));
    const note = signNote('site\n7\n', key);
    expect(verifier && openNote(note, verifier)).toEqual({ kind: 'signed', text: 'site\n7\n' });
  });

  test('opens beside the signatures of witnesses', () => {
    const witness = noteKey('witness.example', generateKeyPairSync('ed25519').privateKey);
    const [, theirs] = signNote(TEXT, witness).split('\n\n');
    const note = `${signNote(TEXT, key)}${theirs}`;
    expect(openNote(note, key)).toEqual({ kind: 'signed', text: TEXT });
    expect(openNote(note, witness)).toEqual({ kind: 'signed', text: TEXT });
  });

  const note = signNote(TEXT, key);
  test.each<[string, string, string]>([
    [
      'another text',
      note.replace('answer', 'Answer'),
      'has a wrong signature: it was changed after it was signed',
    ],
    ['no signature', TEXT, 'is not a signed note'],
    ['no newline at its end', note.slice(0, -1), 'is not a signed note'],
    ['nothing', '', 'is not a signed note'],
    ['an empty signature line', `${note}\n`, 'is not a signed note'],
    ['a dash for the long dash', note.replace('—', '-'), 'is not a signed note'],
    ['64 KiB and more', `${'x'.repeat(65_536)}${note}`, 'is not a signed note'],
  ])('with %s is refused', (_, text, why) => {
    expect(openNote(text, key)).toEqual({ kind: 'refused', why });
  });

  test('of somebody else of the same name is refused', () => {
    const other = noteKey(key.name, generateKeyPairSync('ed25519').privateKey);
    expect(openNote(signNote(TEXT, other), key)).toEqual({
      kind: 'refused',
      why: 'is not signed by `lockkeeper.example/site-1` with this key',
    });
  });
});

describe('a verifier key', () => {
  test.each([
    '',
    'PeterNeumann',
    NEUMANN.replace('c74f20a3', 'c74f20a4'),
    NEUMANN.replace('PeterNeumann', 'PeterNeuman'),
    NEUMANN.replace('+ARpc', '+Arpc'),
    NEUMANN.slice(0, -4),
    `${NEUMANN}=`,
    NEUMANN.replace('PeterNeumann', 'Peter Neumann'),
  ])('%j is none', (text) => {
    expect(parseVerifierKey(text)).toBeUndefined();
  });

  test.each([
    ['lockkeeper.example/site-1', true],
    ['', false],
    ['two words', false],
    ['a+b', false],
    ['nb\u00a0sp', false],
    ['line\nbreak', false],
  ])('the name %j may be one: %s', (name, may) => {
    expect(isKeyName(name)).toBe(may);
  });
});
