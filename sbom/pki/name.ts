import { DerReader, TAG } from '../der/reader.ts';
import { shown } from '../reason.ts';

const COMMON_NAME = '2.5.4.3';

/** The common name in `name` (a whole RDNSequence) for people; nothing is decided by it. */
export function commonName(name: Buffer): string {
  const sequence = new DerReader(name, 'certificate-malformed').enter(TAG.sequence, 'a name');
  let found = '';
  while (!sequence.isAtEnd) {
    const set = sequence.enter(TAG.set, 'a part of a name');
    while (!set.isAtEnd) {
      const attribute = set.enter(TAG.sequence, 'an attribute of a name');
      const isCommonName = attribute.oid('the type of an attribute') === COMMON_NAME;
      const { content } = attribute.any('the value of an attribute');
      attribute.end('an attribute of a name');
      if (isCommonName) found = content.toString('utf8');
    }
  }
  return found === '' ? 'a signer without a common name' : shown(found);
}
