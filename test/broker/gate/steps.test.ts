import { expect, test } from 'vitest';
import { Steps } from '#broker/gate/steps.ts';

/** Three steps, the functions that make each ready, and what was done. */
function three() {
  const done: string[] = [];
  let goesOn = true;
  const steps = new Steps(() => steps.runReady(() => goesOn));
  const ready = ['a', 'b', 'c'].map((name) => {
    const { promise, resolve } = Promise.withResolvers<void>();
    steps.add(promise, {
      run: () => done.push(`run ${name}`),
      cancel: () => done.push(`cancel ${name}`),
    });
    return async () => {
      resolve();
      await promise;
    };
  });
  const [a, b, c] = ready;
  if (!a || !b || !c) throw new Error('three');
  const stop = (): void => {
    goesOn = false;
  };
  return { steps, done, a, b, c, stop };
}

test('what was asked first is done first, whatever is recorded first', async () => {
  const { steps, done, a, b, c } = three();
  await b();
  expect(done).toEqual([]);
  await a();
  expect(done).toEqual(['run a', 'run b']);
  expect(steps.size).toBe(1);
  await c();
  expect(done).toEqual(['run a', 'run b', 'run c']);
});

test('what is dropped is cancelled when it is recorded, and never run', async () => {
  const { steps, done, a, b } = three();
  await b();
  steps.drop();
  expect(done).toEqual(['cancel b']);
  await a();
  expect(done).toEqual(['cancel b', 'cancel a']);
  expect(steps.size).toBe(0);
});

test('nothing is run when it does not go on', async () => {
  const { steps, done, a, stop } = three();
  stop();
  await a();
  expect(done).toEqual([]);
  expect(steps.size).toBe(3);
});
