import { isApiError } from '@/api/problem.ts';
import { fieldLabel } from '@/kit/form/context.ts';
import { t } from '@/text/t.ts';

/** Why logging in, or what leads to it, did not work; `wrong` is for what was typed wrongly. */
export function failureOf(error: Error, wrong?: string): string {
  if (isApiError(error, 401) && wrong) return wrong;
  if (isApiError(error, 429)) return t('login.slow', { seconds: error.retryAfter ?? 60 });
  if (isApiError(error) && error.unreachable) return t('error.offline.title');
  const field = isApiError(error, 422) ? error.problem.errors?.[0] : undefined;
  if (!field) return error.message;
  const name = fieldLabel(field.pointer.slice(1));
  return t('login.field', { name, message: field.message });
}
