/** How both browser applications are built: one place, so that neither loosens what the strict CSP needs. */
import react from '@vitejs/plugin-react';
import type { UserConfig } from 'vite';

/** Configuration for the application in `folder`, served below `base` (`/console/`). */
export function app(folder: string, base: string): UserConfig {
  return {
    root: folder,
    base,
    plugins: [react()],
    build: {
      outDir: 'dist',
      emptyOutDir: true,
      target: 'es2023',
      // Fonts and images stay files of their own: `data:` is not in the Content-Security-Policy.
      assetsInlineLimit: 0,
      modulePreload: { polyfill: false },
      chunkSizeWarningLimit: 1200,
    },
  };
}
