import { later } from '../later.tsx';

export const FilterEditor = later(async () => (await import('./filter-editor.tsx')).FilterEditor);
