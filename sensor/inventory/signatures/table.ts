/** All signatures: a protocol that is to be recognised gets a line in one of the tables of this folder. */
import { BINARY_SIGNATURES } from './binary.ts';
import { CONTROLLER_SIGNATURES } from './controllers.ts';
import { NAMING_SIGNATURES } from './naming.ts';
import type { Signature } from './signature.ts';
import { TELECONTROL_SIGNATURES } from './telecontrol.ts';
import { TEXT_SIGNATURES } from './text.ts';

export const SIGNATURES: readonly Signature[] = [
  ...CONTROLLER_SIGNATURES,
  ...TELECONTROL_SIGNATURES,
  ...TEXT_SIGNATURES,
  ...BINARY_SIGNATURES,
  ...NAMING_SIGNATURES,
];
