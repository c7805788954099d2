/**
 * A number for the text of a NodeId, so that a node is known again without its name being kept. Not
 * cryptographic: nodes are the server's, and who browses them does not choose their names.
 */
export function nodeDigest(text: string): number {
  let low = 0x9e37_79b9;
  let high = 0x85eb_ca6b;
  for (let i = 0; i < text.length; i++) {
    const unit = text.charCodeAt(i);
    low = Math.imul(low ^ unit, 0x0100_0193);
    high = Math.imul(high ^ unit, 0x27d4_eb2d);
    high ^= high >>> 15;
  }
  // 53 bits, which a number holds exactly.
  return (high >>> 11) * 2 ** 32 + (low >>> 0);
}
