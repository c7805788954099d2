/** Tars as a sender who means harm would write them. */

export interface Entry {
  readonly name: string;
  readonly content: Uint8Array;
  /** `0` is a file. */
  readonly type?: string;
  readonly encoding?: 'utf8' | 'latin1';
  /** In place of the true one, as the text of the field. */
  readonly size?: string;
}

const BLOCK = 512;

export function tar(
  entries: readonly Entry[],
  { withEnd = true, padding = 0 }: { readonly withEnd?: boolean; readonly padding?: number } = {},
): Buffer {
  const blocks = entries.flatMap((entry) => {
    const rest = (BLOCK - (entry.content.length % BLOCK)) % BLOCK;
    return [header(entry), entry.content, Buffer.alloc(rest, padding)];
  });
  return Buffer.concat([...blocks, Buffer.alloc(withEnd ? 2 * BLOCK : 0)]);
}

function header({ name, content, type = '0', encoding = 'utf8', size }: Entry): Buffer {
  const block = Buffer.alloc(BLOCK);
  block.write(name, 0, 100, encoding);
  for (const [at, text] of [
    [100, '0000644'],
    [108, '0000000'],
    [116, '0000000'],
    [124, size ?? content.length.toString(8).padStart(11, '0')],
    [136, '00000000000'],
    [148, '        '],
    [156, type],
    [257, 'ustar\u000000'],
  ] as const) {
    block.write(text, at, 'latin1');
  }
  const sum = block.reduce((total, byte) => total + byte, 0);
  block.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148, 'latin1');
  return block;
}

export function paxRecord(key: string, value: string): Buffer {
  const rest = ` ${key}=${value}\n`;
  let length = Buffer.byteLength(rest) + 1;
  while (String(length).length + Buffer.byteLength(rest) !== length) length += 1;
  return Buffer.from(`${length}${rest}`);
}
