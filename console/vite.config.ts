import { fileURLToPath } from 'node:url';
import react from '@vitejs/plugin-react';
import { defineConfig } from 'vitest/config';
import { contentSecurityPolicy } from './build/policy.ts';
import { themeVariables } from './build/theme-variables.ts';

const server = 'http://127.0.0.1:8080';

export default defineConfig({
  plugins: [react(), themeVariables()],
  resolve: { alias: { '@': fileURLToPath(new URL('src', import.meta.url)) } },
  build: {
    target: 'es2022',
    manifest: true,
    // Data URLs and the inline preload polyfill would both break `default-src 'self'`.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
  },
  server: { proxy: { '/api': server } },
  preview: {
    proxy: { '/api': server },
    headers: { 'Content-Security-Policy': contentSecurityPolicy },
  },
  test: { include: ['src/**/*.test.{ts,tsx}', 'build/**/*.test.ts'] },
});
