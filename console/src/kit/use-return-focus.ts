import { useEffect, useState } from 'react';

/** Focus goes back to where it was when this came up: to the button, or to the menu's button. */
export function useReturnFocus() {
  const [origin] = useState(focused);
  useEffect(
    () => () => {
      // After the dialog has let go of the focus.
      requestAnimationFrame(() => {
        if (document.activeElement === document.body && origin?.isConnected) origin.focus();
      });
    },
    [origin],
  );
}

function focused(): HTMLElement | null {
  const active = document.activeElement;
  const menu = active?.closest('[role="menu"]')?.getAttribute('aria-labelledby');
  const origin = menu ? document.getElementById(menu) : active;
  return origin instanceof HTMLElement && origin !== document.body ? origin : null;
}
