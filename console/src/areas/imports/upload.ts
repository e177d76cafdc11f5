import { base } from '@/api/client.ts';
import { ApiError, unreachable } from '@/api/problem.ts';
import { changed } from '@/api/records.ts';
import type { Import, Problem } from '@/api/types.ts';

/**
 * Sends the file as it is, of any size. XMLHttpRequest, since fetch does not tell how much of a
 * body has been sent.
 */
export function uploadFile(
  object: string,
  file: File,
  onProgress: (share: number) => void,
  signal: AbortSignal,
): Promise<Import> {
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest();
    const query = new URLSearchParams({ object, file_name: file.name });
    request.open('POST', `${base}/imports?${query}`);
    request.setRequestHeader('content-type', 'application/octet-stream');
    request.responseType = 'json';
    request.upload.addEventListener('progress', ({ loaded, total }) =>
      onProgress(total ? loaded / total : 0),
    );
    request.addEventListener('load', () => {
      if (request.status === 201) {
        void changed();
        resolve(request.response as Import);
      } else if (request.response) reject(new ApiError(request.response as Problem));
      else reject(unreachable());
    });
    request.addEventListener('error', () => reject(unreachable()));
    signal.addEventListener('abort', () => request.abort());
    request.send(file);
  });
}
