import { createContext, useContext, type ReactNode } from 'react';
import { createPortal } from 'react-dom';

const Slot = createContext<HTMLElement | null>(null);
export const SlotProvider = Slot.Provider;

/** Pages say their breadcrumbs; the header, which outlives them, shows them. */
export function HeaderSlot({ children }: { children: ReactNode }) {
  const element = useContext(Slot);
  return element && createPortal(children, element);
}
