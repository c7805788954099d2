/** A package as verification sees it, whether it came as a folder or a tar: names, sizes, hashes, bytes on request. */

/** A package has a handful of images; the bounds keep tables and messages small. */
export const MAX_FILES = 1000;
/** Not counted as files. */
export const MAX_FOLDERS = 1000;
/** The largest images of controllers and HMIs with their operating system have a few GiB. */
export const MAX_PACKAGE_BYTES: number = 8 * 1024 ** 3;

export interface PackageFile {
  readonly name: string;
  readonly size: number;
  /** In hex, of the bytes as they came in. */
  readonly sha256: string;
}

export interface FirmwarePackage {
  readonly files: ReadonlyMap<string, PackageFile>;
  /** The whole file `name`, which `files` has. Rejects where the machine fails, or the file has changed since. */
  read(name: string): Promise<Buffer>;
  /** In hex, by an algorithm of node:crypto. */
  hash(name: string, algorithm: string): Promise<string>;
  close(): Promise<void>;
}
