import {
  convertCssVariables,
  deepMerge,
  DEFAULT_THEME,
  defaultCssVariablesResolver,
  mergeMantineTheme,
} from '@mantine/core';
import type { Plugin } from 'vite';
import { theme, variables } from '../src/kit/theme/theme.ts';

const id = 'virtual:theme.css';

/**
 * Writes the theme's CSS variables into a style sheet at build time. Mantine would put them in a
 * `<style>` tag at run time, which the content security policy forbids.
 */
export function themeVariables(): Plugin {
  return {
    name: 'theme-variables',
    resolveId: (source) => (source === id ? `\0${id}` : undefined),
    load(source) {
      if (source !== `\0${id}`) return;
      const merged = mergeMantineTheme(DEFAULT_THEME, theme);
      return convertCssVariables(
        deepMerge(defaultCssVariablesResolver(merged), variables),
        ':root',
      );
    },
  };
}
