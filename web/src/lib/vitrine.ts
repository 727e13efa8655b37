import { Problem, Unreachable, Vitrine } from '@vitrine/sdk';

/** The one client of the page: same origin, signed in by cookie. */
export const vitrine = new Vitrine();

/** Any failure as a sentence for a person. */
export function sentence(error: unknown): string {
  if (error instanceof Problem) return error.detail;
  if (error instanceof Unreachable) return error.message;
  return error instanceof Error ? error.message : String(error);
}
