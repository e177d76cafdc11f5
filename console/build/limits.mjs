// openapi.json -> src/api/limits.ts: what the forms may send, field by field, so that no length or
// choice is written twice.
import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath, pathToFileURL } from 'node:url';

/** Follows references and drops "or null": neither changes what a field may hold. */
function resolve(schema, document) {
  if (schema.$ref) {
    const target = schema.$ref
      .slice(2)
      .split('/')
      .reduce((part, name) => part[name], document);
    return { ...resolve(target, document), ...schema };
  }
  const options = schema.anyOf ?? schema.oneOf ?? schema.allOf;
  if (!options) return schema;
  const resolved = options.map((option) => resolve(option, document));
  const real = resolved.filter(({ type }) => type !== 'null');
  // A choice whose values have their own descriptions comes as one schema for each value.
  if (real.length > 1 && real.every((option) => 'const' in option || option.enum)) {
    return { type: 'string', enum: real.flatMap((option) => option.enum ?? [option.const]) };
  }
  return real[0] ?? {};
}

function limitOf(schema, required, document) {
  const found = resolve(schema, document);
  const items = found.items ? resolve(found.items, document) : undefined;
  const choices = (items ?? found).enum?.filter((value) => value !== null);
  return Object.fromEntries(
    Object.entries({
      required: required || undefined,
      minLength: found.minLength,
      maxLength: items ? items.maxLength : found.maxLength,
      pattern: found.pattern,
      minimum: found.minimum,
      maximum: found.maximum,
      maxItems: found.maxItems,
      choices,
      initial: schema.default ?? found.default,
    }).filter(([, value]) => value !== undefined && value !== null),
  );
}

export function limitsOf(document) {
  const inputs = Object.entries(document.components.schemas).filter(([name]) =>
    name.endsWith('Input'),
  );
  return Object.fromEntries(
    inputs.map(([name, schema]) => [
      name,
      Object.fromEntries(
        Object.entries(schema.properties ?? {}).map(([field, property]) => [
          field,
          limitOf(property, schema.required?.includes(field), document),
        ]),
      ),
    ]),
  );
}

export function limitsFile(document) {
  return [
    '// Made from openapi.json by build/limits.mjs (npm run gen). Do not edit.',
    `export const limits = ${JSON.stringify(limitsOf(document), null, 2)} as const;`,
    '',
  ].join('\n');
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  const document = JSON.parse(readFileSync(new URL('../../openapi.json', import.meta.url), 'utf8'));
  writeFileSync(
    fileURLToPath(new URL('../src/api/limits.ts', import.meta.url)),
    limitsFile(document),
  );
}
