import { useEffect, useLayoutEffect, useState, type RefObject } from 'react';

/**
 * How many columns lie right of what is seen. Nobody misses what they do not know of: on a narrow
 * screen the footer says that there is more.
 */
export function useBeyond(viewport: RefObject<HTMLElement | null>, ends: number[]): number {
  const [edge, setEdge] = useState(Infinity);
  useEffect(() => {
    const element = viewport.current;
    if (!element) return;
    const look = () => setEdge(element.scrollLeft + element.clientWidth);
    look();
    const observer = new ResizeObserver(look);
    observer.observe(element);
    element.addEventListener('scroll', look, { passive: true });
    return () => {
      observer.disconnect();
      element.removeEventListener('scroll', look);
    };
  }, [viewport]);
  return ends.filter((end) => end > edge + 8).length;
}

/** How wide the element is inside, without its scroll bar. */
export function useWidth(box: RefObject<HTMLElement | null>): number {
  const [width, setWidth] = useState(Infinity);
  useLayoutEffect(() => {
    const element = box.current;
    if (!element) return;
    const look = () => setWidth(element.clientWidth);
    look();
    const observer = new ResizeObserver(look);
    observer.observe(element);
    return () => observer.disconnect();
  }, [box]);
  return width;
}
