/**
 * Writes a tar (POSIX.1-1988 ustar) of a few small files: a header of 512 bytes before each, numbers in
 * octal text, contents filled up to 512, two empty blocks at the end.
 */
export interface TarFile {
  /** At most 100 bytes. */
  readonly name: string;
  readonly content: Buffer;
}

const BLOCK = 512;

export function tar(files: readonly TarFile[]): Buffer {
  const blocks = files.flatMap((file) => [
    header(file),
    file.content,
    Buffer.alloc((BLOCK - (file.content.length % BLOCK)) % BLOCK),
  ]);
  return Buffer.concat([...blocks, Buffer.alloc(2 * BLOCK)]);
}

function header({ name, content }: TarFile): Buffer {
  const block = Buffer.alloc(BLOCK);
  const octal = (value: number, digits: number): string => value.toString(8).padStart(digits, '0');
  const write = (text: string, at: number): void => void block.write(text, at, 'latin1');
  write(name, 0);
  write(octal(0o644, 7), 100);
  write(octal(0, 7), 108);
  write(octal(0, 7), 116);
  write(octal(content.length, 11), 124);
  write(octal(0, 11), 136);
  // The sum is taken with spaces in its own place.
  write('        ', 148);
  write('0', 156);
  write('ustar\u000000', 257);
  write(
    `${octal(
      block.reduce((sum, byte) => sum + byte, 0),
      6,
    )}\u0000 `,
    148,
  );
  return block;
}
