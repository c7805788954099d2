/**
 * A tar (POSIX.1-2024, pax: ustar and pax headers; also GNU's magic, which `tar` writes by default), read as
 * it streams by and never unpacked: what is kept is where each file lies and what its hash is. So no name in
 * it ever becomes a path.
 *
 *     header 512 | content, filled up to 512 | ... | two blocks of zero
 *     name 100 | mode 8 | uid 8 | gid 8 | size 12 | mtime 12 | checksum 8 | type 1 | link 100 |
 *     magic 6 | version 2 | owner 32 | group 32 | device 16 | prefix 155
 *
 * Files and folders only. Links, devices, sparse files, GNU's long names, names that lead upwards and names
 * that are there twice are refused, and so is whatever follows the end and is not zero.
 */
import { createHash, type Hash } from 'node:crypto';
import { shown } from '../reason.ts';
import { attempt, isRefused, type Refused, refuse, refused } from '../sbom-error.ts';
import { MAX_FILES, MAX_FOLDERS, type PackageFile } from './firmware-package.ts';
import { PackageNames } from './package-names.ts';
import { readPax } from './pax.ts';

export interface TarEntry extends PackageFile {
  /** Of its first byte in the tar. */
  readonly offset: number;
}

const BLOCK = 512;
/** Each file, each folder and the root with a pax header of its own, and one for all of them. */
const MAX_HEADERS = 2 * (MAX_FILES + MAX_FOLDERS + 1) + 1;
/** Far more than a name and a size need. */
const MAX_PAX_BYTES = 64 * 1024;
const [CHECKSUM_AT, CHECKSUM_END] = [148, 156];

/** The part that is being read: a header, or the content of what the header said. */
type Part =
  | { readonly kind: 'header' }
  | {
      readonly kind: 'file';
      readonly name: string;
      readonly size: number;
      readonly offset: number;
      readonly hash: Hash;
    }
  | { readonly kind: 'pax'; readonly isGlobal: boolean; readonly bytes: Buffer[] }
  | { readonly kind: 'padding' }
  | { readonly kind: 'end' };

export class TarIndex {
  readonly #entries = new Map<string, TarEntry>();
  readonly #names = new PackageNames();
  readonly #header = Buffer.alloc(BLOCK);
  #part: Part = { kind: 'header' };
  /** Bytes of the part that have not come yet. */
  #left = BLOCK;
  #padding = 0;
  #at = 0;
  #zeroBlocks = 0;
  #headers = 0;
  /** What a pax header says about the file that follows it. */
  #next: ReturnType<typeof readPax> | undefined;

  /** Takes the next bytes of the tar. After a refusal nothing more may be given. */
  push(chunk: Buffer): Refused | undefined {
    const result = attempt(() => {
      for (let rest = chunk; rest.length > 0; ) {
        const piece = rest.subarray(0, this.#part.kind === 'end' ? rest.length : this.#left);
        this.#take(piece);
        this.#at += piece.length;
        if (this.#part.kind !== 'end') this.#left -= piece.length;
        while (this.#left === 0 && this.#part.kind !== 'end') this.#partEnds();
        rest = rest.subarray(piece.length);
      }
      return this;
    });
    return isRefused(result) ? result : undefined;
  }

  /** Nothing more comes. */
  finish(): ReadonlyMap<string, TarEntry> | Refused {
    if (this.#part.kind === 'end') {
      const empty = this.#names.emptyFolder();
      if (empty === undefined) return this.#entries;
      return refused('package-entry', `the folder ${shown(empty)} is empty`);
    }
    return this.#headers === 0
      ? refused('package-unreadable', 'the package is no tar')
      : refused('package-malformed', 'the tar ends in the middle');
  }

  #take(piece: Buffer): void {
    const part = this.#part;
    switch (part.kind) {
      case 'header':
        piece.copy(this.#header, BLOCK - this.#left);
        return;
      case 'file':
        part.hash.update(piece);
        return;
      case 'pax':
        part.bytes.push(Buffer.from(piece));
        return;
      case 'padding':
      case 'end':
        if (piece.some((byte) => byte !== 0)) {
          refuse('package-malformed', `something stands at byte ${this.#at} where a tar has zeros`);
        }
        return;
      default:
        part satisfies never;
    }
  }

  #partEnds(): void {
    const part = this.#part;
    switch (part.kind) {
      case 'header':
        this.#headerEnds();
        return;
      case 'file': {
        const { name, size, offset } = part;
        this.#entries.set(name, { name, size, offset, sha256: part.hash.digest('hex') });
        this.#begin({ kind: 'padding' }, this.#padding);
        return;
      }
      case 'pax':
        this.#paxEnds(part.bytes, part.isGlobal);
        return;
      case 'padding':
        this.#begin({ kind: 'header' }, BLOCK);
        return;
      case 'end':
        return;
      default:
        part satisfies never;
    }
  }

  #begin(part: Part, length: number): void {
    this.#part = part;
    this.#left = length;
  }

  #headerEnds(): void {
    if (this.#header.every((byte) => byte === 0)) {
      if (this.#next !== undefined) dangling();
      this.#zeroBlocks += 1;
      if (this.#headers === 0)
        refuse('package-unreadable', 'the package is no tar, or an empty one');
      this.#begin(this.#zeroBlocks === 2 ? { kind: 'end' } : { kind: 'header' }, BLOCK);
      return;
    }
    if (this.#zeroBlocks > 0) refuse('package-malformed', 'something follows the end of the tar');
    checkHeader(this.#header, this.#headers === 0);
    this.#headers += 1;
    if (this.#headers > MAX_HEADERS) {
      refuse('package-too-large', `the tar has more than ${MAX_HEADERS} headers`);
    }
    this.#open(String.fromCharCode(this.#header[156] ?? 0));
  }

  #open(type: string): void {
    const size = octal(this.#header.subarray(124, 136), 'size');
    switch (type) {
      case '0':
      case '\0': {
        const name = this.#claimName();
        const length = this.#next?.size ?? size;
        this.#next = undefined;
        this.#padding = (BLOCK - (length % BLOCK)) % BLOCK;
        this.#begin(
          { kind: 'file', name, size: length, offset: this.#at, hash: createHash('sha256') },
          length,
        );
        return;
      }
      case '5':
        this.#checkFolder(size);
        return;
      case 'x':
      case 'g':
        if (this.#next !== undefined) dangling();
        if (size > MAX_PAX_BYTES)
          refuse('package-malformed', 'a pax header of the tar is too large');
        this.#padding = (BLOCK - (size % BLOCK)) % BLOCK;
        this.#begin({ kind: 'pax', isGlobal: type === 'g', bytes: [] }, size);
        return;
      default:
        refuse('package-entry', `${shown(nameIn(this.#header))} is neither a file nor a folder`);
    }
  }

  #checkFolder(size: number): void {
    const name = (this.#next?.path ?? nameIn(this.#header)).replace(/\/$/, '');
    this.#next = undefined;
    const plain = withoutDot(name);
    const isWhole = plain === '' || plain === '.';
    if (!isWhole) this.#claimed(name, this.#names.claimFolder(plain));
    if (size !== 0) refuse('package-malformed', `the folder ${shown(name)} has content`);
    this.#begin({ kind: 'header' }, BLOCK);
  }

  #claimName(): string {
    const name = withoutDot(this.#next?.path ?? nameIn(this.#header));
    this.#claimed(name, this.#names.claimFile(name));
    return name;
  }

  #claimed(name: string, fault: string | undefined): void {
    if (fault !== undefined) refuse('package-entry', `${shown(name)}: ${fault}`);
    const excess = this.#names.excess();
    if (excess !== undefined) refuse('package-too-large', excess);
  }

  #paxEnds(bytes: readonly Buffer[], isGlobal: boolean): void {
    const said = readPax(Buffer.concat(bytes));
    if (isGlobal && (said.path !== undefined || said.size !== undefined)) {
      refuse('package-malformed', 'a global pax header names a path or size for every file');
    }
    if (!isGlobal) this.#next = said;
    this.#begin({ kind: 'padding' }, this.#padding);
  }
}

const dangling = (): never =>
  refuse('package-malformed', 'a pax header of the tar has no file behind it');

/** As `tar -C FOLDER .` writes it. */
const withoutDot = (name: string): string => (name.startsWith('./') ? name.slice(2) : name);

function checkHeader(header: Buffer, isFirst: boolean): void {
  const magic = header.toString('latin1', 257, 265);
  const isTar = magic === 'ustar\x0000' || magic === 'ustar  \0';
  if (
    !isTar ||
    checksum(header) !== octal(header.subarray(CHECKSUM_AT, CHECKSUM_END), 'checksum')
  ) {
    refuse(
      isFirst ? 'package-unreadable' : 'package-malformed',
      isFirst ? 'the package is no tar' : 'a header of the tar is damaged',
    );
  }
}

/** Over the header with spaces in place of the checksum. */
function checksum(header: Buffer): number {
  let sum = 0;
  for (let at = 0; at < BLOCK; at += 1) {
    sum += at >= CHECKSUM_AT && at < CHECKSUM_END ? 0x20 : (header[at] ?? 0);
  }
  return sum;
}

function octal(field: Buffer, what: string): number {
  const text = field.toString('latin1');
  const [, digits] =
    /^ *([0-7]+)[ \0]*$/.exec(text) ??
    refuse('package-malformed', `a ${what} of the tar is no number`);
  return Number.parseInt(digits ?? '', 8);
}

/** GNU's magic has times where ustar has the prefix. */
function nameIn(header: Buffer): string {
  const isGnu = header[262] === 0x20;
  const prefix = isGnu ? '' : text(header.subarray(345, 500));
  const name = text(header.subarray(0, 100));
  return prefix === '' ? name : `${prefix}/${name}`;
}

/** Up to its zero; after that only zeros, so that nothing is hidden there. */
function text(field: Buffer): string {
  const end = field.indexOf(0);
  const used = end < 0 ? field : field.subarray(0, end);
  if (end >= 0 && field.subarray(end).some((byte) => byte !== 0)) {
    refuse('package-malformed', 'a name of the tar has something behind its end');
  }
  return decodeName(used);
}

function decodeName(bytes: Buffer): string {
  const name = bytes.toString('utf8');
  if (!Buffer.from(name).equals(bytes)) refuse('package-entry', 'a name of the tar is no UTF-8');
  return name;
}
