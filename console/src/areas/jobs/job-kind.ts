import { tMaybe } from '@/text/t.ts';

export const jobKind = (kind: string) => tMaybe(`job.${kind}`, kind.replaceAll('_', ' '));
