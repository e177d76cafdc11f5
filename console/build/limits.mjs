// openapi.json -> src/api/limits.ts: what the forms of each list may send, field by field, so that
// no length or choice is written twice.
import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { isDeepStrictEqual } from 'node:util';

/** Follows references and drops "or null": neither changes what a field may hold. */
function resolve(schema, document) {
  if (schema.$ref) {
    const names = schema.$ref.slice(2).split('/');
    const target = names.reduce((part, name) => part[name], document);
    return { ...resolve(target, document), ...schema };
  }
  const options = schema.anyOf ?? schema.oneOf ?? schema.allOf;
  if (!options) return schema;
  const resolved = options.map((option) => resolve(option, document));
  const real = resolved.filter(({ type }) => type !== 'null');
  // A choice whose values have their own descriptions comes as one schema for each value.
  if (real.length > 0 && real.every((option) => 'const' in option || option.enum)) {
    return { ...schema, type: 'string', enum: real.flatMap((it) => it.enum ?? [it.const]) };
  }
  return { ...real[0], ...schema };
}

function limitOf(schema, required, document) {
  const found = resolve(schema, document);
  const items = found.items ? resolve(found.items, document) : undefined;
  const choices = (items ?? found).enum?.filter((value) => value !== null);
  const limit = {
    required: required || undefined,
    // Sent as null, not as an empty text, when there is none.
    nullable: (found.type?.includes?.('null') ?? false) || acceptsNull(schema) || undefined,
    maxLength: (items ?? found).maxLength,
    minimum: found.minimum,
    maximum: found.maximum,
    maxItems: found.maxItems,
    choices,
    initial: schema.default,
  };
  return Object.fromEntries(
    Object.entries(limit).filter(([, value]) => value !== undefined && value !== null),
  );
}

const acceptsNull = ({ anyOf, oneOf }) =>
  (anyOf ?? oneOf ?? []).some(({ type }) => type === 'null') || undefined;

function bodyLimits(operation, document) {
  const body = operation?.requestBody?.content?.['application/json']?.schema;
  if (!body) return undefined;
  const { properties = {}, required = [] } = resolve(body, document);
  return Object.fromEntries(
    Object.entries(properties).map(([name, schema]) => [
      name,
      limitOf(schema, required.includes(name), document),
    ]),
  );
}

/** `{ sites: { create: { name: … }, update: { … } } }` */
export function limitsOf(document) {
  const lists = Object.entries(document.paths).flatMap(([path, operations]) => {
    const list = /^\/api\/v1\/(\w+)$/.exec(path)?.[1];
    if (!list || !operations.get) return [];
    const create = bodyLimits(operations.post, document);
    const update = bodyLimits(document.paths[`${path}/{id}`]?.patch, document);
    return create || update ? [[list, { create, update }]] : [];
  });
  return Object.fromEntries(lists);
}

const printed = ([name, limit]) => `${name}: ${JSON.stringify(limit)},`;

/** A list's fields that are the same in all its bodies, once, and the bodies made of them. */
function written([list, { create, update }]) {
  const bodies = Object.entries({ create, update }).filter(([, fields]) => fields);
  const isShared = ([name, limit]) =>
    bodies.every(([, fields]) => isDeepStrictEqual(fields[name], limit));
  const shared = Object.entries(create ?? update).filter(isShared);
  const parts = bodies.map(([name, fields]) => {
    const own = Object.entries(fields).filter((field) => !isShared(field));
    const body = own.length ? `{ ...${list}, ${own.map(printed).join(' ')} }` : list;
    return `    ${name}: ${body},\n`;
  });
  return {
    constant: `const ${list} = {\n${shared.map((it) => `  ${printed(it)}\n`).join('')}} as const;\n`,
    entry: `  ${list}: {\n${parts.join('')}  },\n`,
  };
}

export function limitsFile(document) {
  const lists = Object.entries(limitsOf(document)).map(written);
  return [
    '// Made from openapi.json by build/limits.mjs (npm run gen). Do not edit.\n',
    ...lists.map(({ constant }) => constant),
    `\nexport const limits = {\n${lists.map(({ entry }) => entry).join('')}} as const;\n`,
  ].join('');
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  const document = new URL('../../openapi.json', import.meta.url);
  const target = fileURLToPath(new URL('../src/api/limits.ts', import.meta.url));
  writeFileSync(target, limitsFile(JSON.parse(readFileSync(document, 'utf8'))));
}
