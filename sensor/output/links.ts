/** What is said of how well links are heard: to people as facts, and in `--stats`. */
import type { Fact } from '#sensor/model/fact.ts';
import type { LinkAccount } from '#sensor/model/link-account.ts';

/** From here on a link is said to lose packets. */
const LOSS_SHARE = 0.01;

/** Fewer say nothing about a link. */
const MIN_HOLES = 3;

/** Share of the bytes of an account that never came, 0..1. */
export const lossOf = ({ seenBytes, lostBytes }: LinkAccount): number =>
  lostBytes === 0 ? 0 : lostBytes / (seenBytes + lostBytes);

/** What there is to say of accounts, of all time or of a while: links that lose, links that are half seen. */
export function linkFacts(accounts: readonly LinkAccount[]): readonly Fact[] {
  return accounts.flatMap((account) => {
    const { holes, oneWay, bothWays, lostBytes } = account;
    const share = lossOf(account);
    const facts: Fact[] = [];
    if (holes >= MIN_HOLES && share >= LOSS_SHARE) {
      const percent = (100 * share).toFixed(1);
      const text = `${percent} % of the TCP bytes on ${nameOf(account)} were never captured: ${lostBytes} bytes in ${holes} places`;
      facts.push({ name: 'sensor.capture-loss', text });
    }
    if (oneWay > bothWays) {
      const all = oneWay + bothWays;
      const text = `only one direction is seen of ${oneWay} of ${all} connections on ${nameOf(account)}`;
      facts.push({ name: 'sensor.one-direction', text });
    }
    return facts;
  });
}

function nameOf({ interfaceIndex, vlan }: LinkAccount): string {
  const tag = vlan < 0 ? 'untagged frames' : `VLAN ${vlan}`;
  return interfaceIndex === 0 ? tag : `${tag} of interface ${interfaceIndex}`;
}

/** What was added to `now` since `before`, link by link. */
export function linkGrowth(
  before: readonly LinkAccount[],
  now: readonly LinkAccount[],
): readonly LinkAccount[] {
  return now.map((account, place) => {
    const old = before[place];
    if (old === undefined) return account;
    return {
      ...account,
      seenBytes: account.seenBytes - old.seenBytes,
      lostBytes: account.lostBytes - old.lostBytes,
      holes: account.holes - old.holes,
      bothWays: account.bothWays - old.bothWays,
      oneWay: account.oneWay - old.oneWay,
    };
  });
}
