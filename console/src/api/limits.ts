// Made from openapi.json by build/limits.mjs (npm run gen). Do not edit.
export const limits = {} as const;
