import { useSyncExternalStore } from 'react';

type Overlay = 'palette' | 'shortcuts' | null;

/** Which of the two overlays of the whole console is open; both are loaded when first needed. */
let shown: Overlay = null;
const listeners = new Set<() => void>();

export function showOverlay(overlay: Overlay) {
  shown = overlay;
  for (const listener of listeners) listener();
}

export const useOverlay = () =>
  useSyncExternalStore(
    (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    () => shown,
  );
