import { existsSync, readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { limitsFile, limitsOf } from './limits.mjs';

const document = new URL('../../openapi.json', import.meta.url);
const written = new URL('../src/api/limits.ts', import.meta.url);

it.runIf(existsSync(document))('is what the API document says (npm run gen)', () => {
  const made = limitsFile(JSON.parse(readFileSync(document, 'utf8')));
  expect(readFileSync(written, 'utf8')).toBe(made);
});

it('finds lengths, choices, defaults and what may be empty, through references', () => {
  const body = (name: string) => ({
    requestBody: {
      content: { 'application/json': { schema: { $ref: `#/components/schemas/${name}` } } },
    },
  });
  const limits = limitsOf({
    paths: {
      '/api/v1/sites': { get: {}, post: body('SiteCreate') },
      '/api/v1/sites/{id}': { patch: body('SiteInput') },
    },
    components: {
      schemas: {
        Kind: { oneOf: [{ const: 'office' }, { const: 'branch' }] },
        SiteInput: {
          required: ['name'],
          properties: {
            name: { type: 'string', minLength: 1, maxLength: 255 },
            kind: { default: 'office', allOf: [{ $ref: '#/components/schemas/Kind' }] },
            zone: { anyOf: [{ type: 'string', maxLength: 60 }, { type: 'null' }] },
          },
        },
        SiteCreate: {
          properties: { tags: { type: 'array', maxItems: 3, items: { maxLength: 9 } } },
        },
      },
    },
  });
  expect(limits).toEqual({
    sites: {
      create: { tags: { maxLength: 9, maxItems: 3 } },
      update: {
        name: { required: true, maxLength: 255 },
        kind: { choices: ['office', 'branch'], initial: 'office' },
        zone: { nullable: true, maxLength: 60 },
      },
    },
  });
});
