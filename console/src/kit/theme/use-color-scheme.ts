import { useMantineColorScheme } from '@mantine/core';

/** Stopping the transitions for a moment, as Mantine does by default, would write a `<style>` tag. */
export const useColorScheme = () => useMantineColorScheme({ keepTransitions: true });
