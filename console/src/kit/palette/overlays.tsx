import { useHotkeys } from '@mantine/hooks';
import { lazy, Suspense } from 'react';
import { showOverlay, useOverlay } from './store.ts';

const Palette = lazy(() => import('./palette.tsx'));
const Shortcuts = lazy(() => import('./shortcuts.tsx'));

/** Ctrl/Cmd-K from anywhere, `?` from anywhere but a field. */
export function Overlays() {
  const shown = useOverlay();
  useHotkeys([['mod+K', () => showOverlay('palette')]], []);
  const shortcuts = () => showOverlay('shortcuts');
  // Some keyboards have `?` without Shift.
  useHotkeys([
    ['?', shortcuts],
    ['shift+?', shortcuts],
  ]);
  const close = () => showOverlay(null);
  return (
    <Suspense>
      {shown === 'palette' && <Palette onClose={close} />}
      {shown === 'shortcuts' && <Shortcuts onClose={close} />}
    </Suspense>
  );
}
