import type { State } from '@vitrine/sdk';

/** A state as people say it. */
export const stateName: Record<State, string> = {
  received: 'Waiting',
  drafting: 'Reading',
  draft: 'To review',
  approved: 'Approved',
  rejected: 'Rejected',
  failed: 'Failed',
  trashed: 'In the trash',
};
