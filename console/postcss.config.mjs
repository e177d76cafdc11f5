/** Brings `@mixin dark`, `rem()` and the like that Mantine's documentation uses. */
export default { plugins: { 'postcss-preset-mantine': {} } };
