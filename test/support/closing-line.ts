import { existsSync } from 'node:fs';
import type { Reporter, TestModule } from 'vitest/node';

/**
 * Ends the run with `N passed, N failed` alone on a line, after vitest's own summary.
 *
 * Where `../shared` is present nothing may be skipped: its captures are the evidence, and a skipped
 * test would look like a passed one. A test that passed only when it was tried again is named: there
 * is a race in it, or in the product.
 */
export class ClosingLine implements Reporter {
  onTestRunEnd(modules: readonly TestModule[], unhandled: readonly unknown[]): void {
    let passed = 0;
    let failed = unhandled.length;
    const skipped: string[] = [];
    const raced: string[] = [];
    for (const module of modules) {
      if (module.errors().length > 0) failed += 1;
      for (const test of module.children.allTests()) {
        const state = test.result().state;
        if (test.diagnostic()?.flaky) raced.push(`${module.moduleId}: ${test.fullName}`);
        if (state === 'passed') passed += 1;
        else if (state === 'skipped') skipped.push(`${module.moduleId}: ${test.fullName}`);
        else failed += 1;
      }
    }
    if (existsSync('../shared/captures') && skipped.length > 0) {
      failed += skipped.length;
      process.exitCode = 1;
      process.on('exit', () =>
        console.log(`skipped although ../shared is here:\n${skipped.join('\n')}`),
      );
    }
    if (raced.length > 0) {
      process.on('exit', () => console.log(`passed the second time only:\n${raced.join('\n')}`));
    }
    const line = `${passed} passed, ${failed} failed`;
    process.on('exit', () => console.log(line));
  }
}
