/**
 * Device codes (after RFC 8628): `lockkeeper connect` shows a short code, the grant's own person
 * confirms it in the portal, and the command, which alone holds the long secret, receives a token.
 *
 * Kept in memory and bounded; a restart only means to run the command again.
 */
import { createHash } from 'node:crypto';
import type { GrantId } from '#broker/model/ids.ts';
import { type Micros, micros } from '#sensor/model/time.ts';

export interface DeviceCode {
  /** For people: `BCDF-GHJK`. */
  readonly userCode: string;
  readonly grant: GrantId;
  /** sha-256 of the SPKI of the command's key, hex: a confirmation is good for that key alone. */
  readonly key: string;
  /** Address that asked for it. */
  readonly from: string;
  readonly expiresAt: Micros;
  readonly confirmedBy?: string;
  readonly refused?: DeviceRefusal;
}

export interface DeviceRefusal {
  /** Why it will not be confirmed, in words for the terminal. */
  readonly because: string;
  /** The person who said no; absent where something hindered it. */
  readonly by?: string;
}

type Poll =
  | { readonly kind: 'pending' }
  | {
      readonly kind: 'confirmed';
      readonly grant: GrantId;
      readonly key: string;
      readonly person: string;
    }
  | { readonly kind: 'refused'; readonly because: string }
  /** Unknown, too old or used; all look the same. */
  | { readonly kind: 'gone' };

export interface DeviceCodes {
  /** Undefined where too many are open: of this grant, from this address, or of all. */
  begin(
    asked: Pick<DeviceCode, 'grant' | 'key' | 'from'>,
    now: Micros,
  ): { readonly deviceCode: string; readonly code: DeviceCode } | undefined;
  find(userCode: string, now: Micros): DeviceCode | undefined;
  /** False where the code is gone, or was confirmed or refused already. */
  confirm(userCode: string, person: string, now: Micros): boolean;
  /**
   * The command is told why, and ends. False where the code is gone or was confirmed, and where it was refused
   * already: but the no of a person is taken then too, and nothing takes its place.
   */
  refuse(userCode: string, refusal: DeviceRefusal, now: Micros): boolean;
  /** Hands a confirmation or a refusal out once. */
  poll(deviceCode: string, now: Micros): Poll;
}

/**
 * Consonants only, without look-alikes and without words: RFC 8628, 6.1. 20^8 codes, of which at most
 * `MAX_OPEN` are open: a guess hits with 4 in 10^8.
 */
export const ALPHABET = 'BCDFGHJKLMNPQRSTVWXZ';
const CODE_LENGTH = 8;

/** µs that a code is good for. */
export const CODE_LIMIT = 10 * 60 * 1_000_000;
export const MAX_OPEN = 1_000;
/** Nobody starts the command more often at once; a flood under one grant cannot use up the codes of others. */
export const MAX_OPEN_PER_GRANT = 5;
/** A vendor's company may come from one address. */
export const MAX_OPEN_PER_ADDRESS = 20;

const hashOf = (deviceCode: string): string =>
  createHash('sha256').update(deviceCode).digest('base64url');

/** Eight letters, each equally likely: a byte of 240 or more is thrown away, because 240 = 12 x 20. */
function randomLetters(random: (bytes: number) => Buffer): string {
  let letters = '';
  while (letters.length < CODE_LENGTH) {
    for (const byte of random(CODE_LENGTH)) {
      if (byte < 240 && letters.length < CODE_LENGTH) letters += ALPHABET[byte % ALPHABET.length];
    }
  }
  return `${letters.slice(0, 4)}-${letters.slice(4)}`;
}

/** What a person typed, as the code is written here: `bcdf ghjk` is `BCDF-GHJK`. */
export function normaliseUserCode(typed: string): string {
  const letters = typed
    .slice(0, 32)
    .toUpperCase()
    .replaceAll(/[^A-Z]/g, '');
  return `${letters.slice(0, 4)}-${letters.slice(4)}`;
}

export const isDecided = ({ confirmedBy, refused }: DeviceCode): boolean =>
  confirmedBy !== undefined || refused !== undefined;

export function createDeviceCodes(random: (bytes: number) => Buffer): DeviceCodes {
  /** By user code, oldest first. */
  const open = new Map<string, DeviceCode & { readonly secretHash: string }>();
  const bySecret = new Map<string, string>();

  const drop = (userCode: string): void => {
    const code = open.get(userCode);
    if (code !== undefined) bySecret.delete(code.secretHash);
    open.delete(userCode);
  };
  const dropOld = (now: Micros): void => {
    for (const [userCode, code] of open) {
      if (now < code.expiresAt) break;
      drop(userCode);
    }
  };

  return {
    begin({ grant, key, from }, now) {
      dropOld(now);
      const codes = [...open.values()];
      const ofGrant = codes.filter((code) => code.grant === grant).length;
      const ofAddress = codes.filter((code) => code.from === from).length;
      if (ofGrant >= MAX_OPEN_PER_GRANT || ofAddress >= MAX_OPEN_PER_ADDRESS) return undefined;
      if (open.size >= MAX_OPEN) return undefined;
      const userCode = randomLetters(random);
      if (open.has(userCode)) return undefined;
      const deviceCode = random(32).toString('base64url');
      const expiresAt = micros(now + CODE_LIMIT);
      const code: DeviceCode = { userCode, grant, key, from, expiresAt };
      open.set(userCode, { ...code, secretHash: hashOf(deviceCode) });
      bySecret.set(hashOf(deviceCode), userCode);
      return { deviceCode, code };
    },
    find(userCode, now) {
      dropOld(now);
      return open.get(userCode);
    },
    confirm(userCode, confirmedBy, now) {
      dropOld(now);
      const code = open.get(userCode);
      if (code === undefined || isDecided(code)) return false;
      open.set(userCode, { ...code, confirmedBy });
      return true;
    },
    refuse(userCode, refusal, now) {
      dropOld(now);
      const code = open.get(userCode);
      if (code === undefined || code.confirmedBy !== undefined) return false;
      if (code.refused !== undefined && refusal.by === undefined) return false;
      const refused = code.refused?.by === undefined ? refusal : code.refused;
      open.set(userCode, { ...code, refused });
      return true;
    },
    poll(deviceCode, now) {
      dropOld(now);
      const userCode = bySecret.get(hashOf(deviceCode));
      const code = userCode === undefined ? undefined : open.get(userCode);
      if (code === undefined) return { kind: 'gone' };
      const { grant, key, confirmedBy: person, refused } = code;
      if (isDecided(code)) drop(code.userCode);
      if (person !== undefined) return { kind: 'confirmed', grant, key, person };
      return refused === undefined
        ? { kind: 'pending' }
        : { kind: 'refused', because: refused.because };
    },
  };
}
