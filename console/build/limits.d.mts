export function limitsOf(document: object): Record<string, unknown>;
export function limitsFile(document: object): string;
