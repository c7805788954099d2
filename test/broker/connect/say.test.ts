import { describe, expect, test } from 'vitest';
import type { ConnectEvent } from '#broker/connect/say.ts';
import { sayInJson, sayInWords } from '#broker/connect/say.ts';

function words(event: ConnectEvent): string {
  let said = '';
  sayInWords(
    (text) => {
      said += text;
    },
    () => 'Europe/Berlin',
  )(event);
  return said;
}

const open: ConnectEvent = {
  event: 'open',
  session: 'ses_1',
  asset: 'Press PLC 12 (plc-12)',
  address: '127.0.0.1:5020',
  allowed: ['read holding registers 0-199'],
  notAfter: '2026-11-23T13:00:00.000000Z',
  graceUntil: '2026-11-23T13:10:00.000000Z',
};

test('an open session says where, what, and until when in the time of the site', () => {
  expect(words(open)).toBe(`Connected to Press PLC 12 (plc-12). Point your tool at 127.0.0.1:5020
  you may read holding registers 0-199
Writes stop at 2026-11-23 14:00:00 Europe/Berlin.
Reads go on until 2026-11-23 14:10:00 Europe/Berlin.
Everything is recorded. Ctrl-C ends the session.
`);
});

test('a refusal says what was asked, why not, and what is allowed', () => {
  const message = {
    kind: 'refused',
    at: '2026-11-23T13:00:00.000000Z',
    asked: 'write 9 to holding register 110 (40111) of unit 1',
    because: 'registers 100-109 are granted',
    answered: 'exception 2 (illegal-data-address)',
    allowed: ['write holding registers 100-109'],
  } as const;
  expect(words({ event: 'control', message })).toBe(`refused: ${message.asked}
  because ${message.because}; your tool got ${message.answered}
  allowed is: write holding registers 100-109
`);
});

test('what is allowed is said once, and the same refusal again and again is counted', () => {
  const lines: string[] = [];
  const say = sayInWords(
    (text) => lines.push(text),
    () => 'Europe/Berlin',
  );
  const refuse = (asked: string): void =>
    say({
      event: 'control',
      message: {
        kind: 'refused',
        at: '2026-11-23T13:00:00.000000Z',
        asked,
        because: 'registers 100-109 are granted',
        answered: 'exception 2 (illegal-data-address)',
        allowed: ['write holding registers 100-109'],
      },
    });
  for (let i = 0; i < 12; i++) refuse('write 9 to holding register 110');
  refuse('write 9 to holding register 111');
  expect(lines).toEqual([
    expect.stringContaining('allowed is: write holding registers 100-109'),
    '  the same, 10 times now\n',
    expect.not.stringContaining('allowed is'),
  ]);
});

test('the end of writes is told in the time of the site', () => {
  const message = {
    kind: 'status',
    session: 'ses_1',
    state: 'grace',
    asset: 'plc-12',
    allowed: [],
    now: '2026-11-23T13:00:00.000000Z',
    notAfter: '2026-11-23T13:00:00.000000Z',
    graceUntil: '2026-11-23T13:10:00.000000Z',
    certificateUntil: '2026-11-23T13:10:00.000000Z',
  } as const;
  expect(words({ event: 'control', message })).toBe(
    'writes have stopped; reads go on until 2026-11-23 14:10:00 Europe/Berlin\n',
  );
});

describe('what a change of the policy leaves', () => {
  const status = (
    allowed: readonly string[],
    state: 'active' | 'grace' = 'active',
  ): ConnectEvent => ({
    event: 'control',
    message: {
      kind: 'status',
      session: 'ses_1',
      state,
      asset: 'plc-12',
      allowed,
      now: '2026-11-23T12:00:00.000000Z',
      notAfter: '2026-11-23T13:00:00.000000Z',
      graceUntil: '2026-11-23T13:10:00.000000Z',
      certificateUntil: '2026-11-23T12:15:00.000000Z',
    },
  });
  const saidOf = (events: readonly ConnectEvent[]): readonly string[] => {
    const lines: string[] = [];
    const say = sayInWords(
      (text) => lines.push(text),
      () => 'UTC',
    );
    say(open);
    for (const event of events) say(event);
    return lines.slice(1);
  };
  const more = ['read holding registers 0-9', 'identify unit 1'];

  test('is said once, and not with each connection to the gate', () => {
    const same = status(['read holding registers 0-199']);
    expect(saidOf([same, same, status(more), status(more), status([])])).toEqual([
      'the policy changed; from now on:\n  you may read holding registers 0-9\n  you may identify unit 1\n',
      'the policy changed; from now on nothing is allowed\n',
    ]);
  });

  test('is said in the read grace too, without saying that anew', () => {
    const same = ['read holding registers 0-199'];
    const said = saidOf([status(same, 'grace'), status(same, 'grace'), status(more, 'grace')]);
    expect(said).toEqual([
      expect.stringMatching(/^writes have stopped/),
      expect.stringMatching(/^the policy changed/),
    ]);
  });
});

test('a port that anybody of the machine can use is never opened silently', () => {
  expect(words({ event: 'unguarded' })).toContain('every user of this machine can use the port');
});

test.for([
  [900, '15 minutes until writes stop\n'],
  [60, '60 seconds until writes stop\n'],
  [1, '1 second until writes stop\n'],
] as const)('%d s left', ([seconds, said]) => {
  expect(words({ event: 'left', seconds })).toBe(said);
});

test('a program gets each event as one line of JSON', () => {
  let said = '';
  sayInJson((text) => {
    said += text;
  })(open);
  expect(said.endsWith('\n')).toBe(true);
  expect(JSON.parse(said)).toEqual(open);
});
