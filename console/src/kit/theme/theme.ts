import {
  createTheme,
  localStorageColorSchemeManager,
  type ConvertCSSVariablesInput,
  type MantineColorsTuple,
} from '@mantine/core';

const brand: MantineColorsTuple = [
  '#eef3ff',
  '#dce6fd',
  '#b9cbf8',
  '#93aef2',
  '#7393ec',
  '#5b7fe3',
  '#3f66d0',
  '#3457b6',
  '#2b4998',
  '#233b7b',
];

const dark: MantineColorsTuple = [
  '#e6eaf0',
  '#c8cfd8',
  '#a3acb9',
  '#7f8a99',
  '#2c3440',
  '#232a34',
  '#1c222b',
  '#11151a',
  '#0d1015',
  '#090b0f',
];

/** The same key as public/scheme.js, which sets the scheme before the first paint. */
export const colorSchemeManager = localStorageColorSchemeManager({ key: 'tenantry.scheme' });

/** Locking the page's scroll, as overlays do by default, would write a `<style>` tag. */
const overlay = { defaultProps: { lockScroll: false } };

export const theme = createTheme({
  primaryColor: 'brand',
  primaryShade: 6,
  colors: { brand, dark },
  black: '#14181f',
  fontFamily: "'Inter Variable', system-ui, sans-serif",
  fontFamilyMonospace: "'JetBrains Mono Variable', ui-monospace, monospace",
  fontSizes: { xs: '12px', sm: '13px', md: '13px', lg: '15px', xl: '18px' },
  lineHeights: { xs: '1.4', sm: '1.45', md: '1.45', lg: '1.5', xl: '1.5' },
  radius: { xs: '4px', sm: '6px', md: '6px', lg: '8px', xl: '12px' },
  spacing: { xs: '8px', sm: '12px', md: '16px', lg: '20px', xl: '28px' },
  defaultRadius: 'sm',
  respectReducedMotion: true,
  cursorType: 'pointer',
  headings: { fontWeight: '600' },
  components: {
    // Its placeholder is a focusable child that a menu may not have; the first item takes the focus.
    Menu: { defaultProps: { withInitialFocusPlaceholder: false } },
    Modal: overlay,
    Drawer: overlay,
    DrawerRoot: overlay,
    ModalRoot: overlay,
    Spotlight: overlay,
  },
});

const shared = {
  '--mantine-color-body': 'var(--surface)',
  '--mantine-color-text': 'var(--ink)',
  '--mantine-color-dimmed': 'var(--dim)',
  '--mantine-color-placeholder': 'var(--faint)',
  '--mantine-color-anchor': 'var(--link)',
  '--mantine-color-default': 'var(--surface)',
  '--mantine-color-default-hover': 'var(--hover)',
  '--mantine-color-default-color': 'var(--ink)',
  '--mantine-color-default-border': 'var(--line-strong)',
  '--mantine-color-error': 'var(--bad-ink)',
  '--mantine-color-red-filled': '#c8372c',
  '--mantine-color-red-filled-hover': '#b02e24',
  '--mantine-color-brand-light': 'var(--brand-tint)',
  '--mantine-color-brand-light-hover': 'var(--brand-tint)',
  '--mantine-color-brand-light-color': 'var(--link)',
  '--mantine-color-brand-outline': 'var(--link)',
};

/** Mantine's colours follow ours (tokens.css), which know the schemes: so both get the same lines. */
export const variables: ConvertCSSVariablesInput = { variables: {}, light: shared, dark: shared };
