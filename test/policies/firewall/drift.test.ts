import { expect, test } from 'vitest';
import { driftOf } from '#policies/firewall/drift.ts';

const LISTING = `table inet lockkeeper {
	counter denied {
	}

	set granted4 {
		type ipv4_addr . ipv4_addr . inet_service
		flags timeout
	}

	set a-to4 {
		type ipv4_addr . inet_service
		elements = { 10.0.1.12 . 502,
			     10.0.1.13 . 502 }
	}

	chain forward {
		type filter hook forward priority filter; policy drop;
		ip saddr @a-from4 ip daddr . tcp dport @a-to4 accept comment "a"
		counter name "denied" drop
	}
}
`;

test('the same listing has no drift', () => {
  expect(driftOf(LISTING, LISTING)).toEqual([]);
});

test('an element is a line of its own, wherever the listing breaks', () => {
  const other = LISTING.replace('10.0.1.12 . 502,\n\t\t\t     10.0.1.13 . 502', '10.0.1.12 . 502');
  expect(driftOf(LISTING, other)).toEqual([
    { kind: 'missing', where: 'set a-to4', text: '10.0.1.13 . 502' },
  ]);
});

test('a policy of the chain that was changed is drift', () => {
  const open = LISTING.replace('policy drop', 'policy accept');
  expect(driftOf(LISTING, open).map(({ kind, where }) => [kind, where])).toEqual([
    ['missing', 'chain forward'],
    ['foreign', 'chain forward'],
  ]);
});

test('rules in another order are drift: the first one that fits decides', () => {
  const [accept, drop] = [
    'ip saddr @a-from4 ip daddr . tcp dport @a-to4 accept comment "a"',
    'counter name "denied" drop',
  ];
  const swapped = LISTING.replace(accept, 'x').replace(drop, accept).replace('x', drop);
  expect(driftOf(LISTING, swapped)).toHaveLength(2);
});

test('what grants and people put there comes and goes', () => {
  const living = LISTING.replace(
    'flags timeout\n',
    'flags timeout\n\t\telements = { 10.0.10.1 . 10.0.1.12 . 502 timeout 1h expires 59m,\n\t\t\t     10.0.10.1 . 10.0.1.13 . 502 timeout 1h expires 5s }\n',
  );
  expect(driftOf(LISTING, living)).toEqual([]);
});

test('a chain or set that the policy does not make is named', () => {
  const more = LISTING.replace(
    '\tset a-to4 {',
    '\tchain input {\n\t\ttcp dport 22 accept\n\t}\n\n\tset a-to4 {',
  );
  expect(driftOf(LISTING, more)).toEqual([
    { kind: 'foreign', where: 'chain input', text: 'chain input' },
    { kind: 'foreign', where: 'chain input', text: 'tcp dport 22 accept' },
  ]);
});

test('where nothing is loaded everything is missing', () => {
  expect(driftOf(LISTING, '').every(({ kind }) => kind === 'missing')).toBe(true);
});
