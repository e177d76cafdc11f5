// Order matters: Mantine's layer first, then the generated variables, then our own names.
import '@fontsource-variable/inter/index.css';
import '@fontsource-variable/jetbrains-mono/index.css';
import './mantine.css';
import '@mantine/notifications/styles.layer.css';
import 'virtual:theme.css';
import './tokens.css';
