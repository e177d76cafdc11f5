import { useHotkeys } from '@mantine/hooks';
import type { RefObject } from 'react';

/** `/` search, j and k through the rows, Esc out. Enter follows the row's own link or button. */
export function useGridKeys(box: RefObject<HTMLElement | null>, onEscape: () => void) {
  const step = (by: 1 | -1) => {
    const rows = [...(box.current?.querySelectorAll<HTMLElement>('tbody tr[data-index]') ?? [])];
    const current = rows.findIndex((row) => row.contains(document.activeElement));
    const next = rows[current < 0 ? 0 : current + by];
    if (!next) return;
    const target = next.querySelector<HTMLElement>('[data-row-target]') ?? next;
    target.focus({ preventScroll: true });
    next.scrollIntoView({ block: 'nearest' });
  };
  useHotkeys([
    ['/', () => box.current?.querySelector<HTMLElement>('input[type="search"]')?.focus()],
    ['j', () => step(1)],
    ['k', () => step(-1)],
    ['Escape', onEscape],
  ]);
}
