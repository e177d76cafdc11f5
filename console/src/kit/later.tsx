import { lazy, Suspense, type ComponentType } from 'react';

/** A component whose code is fetched when it is first shown: what opens on demand loads on demand. */
export function later<Props extends object>(load: () => Promise<ComponentType<Props>>) {
  const Loaded = lazy(async () => ({ default: await load() }));
  return function Later(props: Props) {
    return (
      <Suspense fallback={null}>
        <Loaded {...(props as Props & React.JSX.IntrinsicAttributes)} />
      </Suspense>
    );
  };
}
