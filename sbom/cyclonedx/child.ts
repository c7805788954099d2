/** The process in which SBOMs are checked, so that one that takes too much ends nothing else. */
import { sbomChecker } from './check.ts';

if (process.send === undefined) throw new Error('this process is started by `openSbomValidator`');
const check = sbomChecker();
process.on('message', (bytes: Uint8Array) => {
  process.send?.(answerTo(bytes));
});
// meant for the parent, which may still want an answer; this process ends with the channel to it
for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => {});

function answerTo(bytes: Uint8Array): object {
  try {
    return check(bytes);
  } catch (error) {
    // a bug, or a broken installation: the parent tells of it
    return { kind: 'failed', why: String(error) };
  }
}
