import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';

interface Chunk {
  file: string;
  css?: string[];
  imports?: string[];
}

const dist = fileURLToPath(new URL('../dist/', import.meta.url));
const manifestFile = `${dist}.vite/manifest.json`;
const most = 300_000;

/** Every script and style sheet that must be there before the page shows. */
function filesOf(manifest: Record<string, Chunk>, names: string[]): Set<string> {
  const seen = new Set<string>();
  const files = new Set<string>();
  const visit = (name: string) => {
    if (seen.has(name)) return;
    seen.add(name);
    const { file, css = [], imports = [] } = manifest[name]!;
    for (const part of [file, ...css]) files.add(part);
    imports.forEach(visit);
  };
  names.forEach(visit);
  return files;
}

// The budget is of what was built last; without a build there is nothing to weigh.
describe.runIf(existsSync(manifestFile))('the weight of the first route', () => {
  it.each([
    ['log-in', 'src/areas/session/login-page.tsx'],
    ['dashboard', 'src/areas/dashboard/dashboard-page.tsx'],
    ['customers', 'src/areas/customers/customers-page.tsx'],
  ])('%s: at most 300 kB, compressed', (_, page) => {
    const manifest = JSON.parse(readFileSync(manifestFile, 'utf8')) as Record<string, Chunk>;
    const files = [...filesOf(manifest, ['index.html', page])];
    const weight = files.reduce((sum, file) => sum + gzipSync(readFileSync(dist + file)).length, 0);
    expect(weight).toBeLessThan(most);
  });
});
