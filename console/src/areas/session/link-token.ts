import { useEffect, useState } from 'react';

/**
 * The secret of the link that led here: behind the `#`, so that it reaches no server's log. It leaves
 * the address as soon as it is read, and with it the browser's history.
 */
export function useLinkToken(): string {
  const [token] = useState(() => window.location.hash.slice(1));
  useEffect(() => {
    const { pathname, search } = window.location;
    window.history.replaceState(window.history.state, '', pathname + search);
    // Another link in the same window changes only what stands behind the `#`.
    const again = () => {
      if (window.location.hash.length > 1) window.location.reload();
    };
    window.addEventListener('hashchange', again);
    return () => window.removeEventListener('hashchange', again);
  }, []);
  return token;
}
