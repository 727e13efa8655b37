import type { SimilarListing, Twin } from '@vitrine/sdk';

/** How close, as people say it. */
export function closenessName(row: Pick<SimilarListing, 'closeness' | 'different'>): string {
  if (row.different) return 'Not the same, you said';
  return row.closeness === 'same_item' ? 'Same item' : 'Same style';
}

export const twinName: Record<Twin['alike'], string> = {
  same_file: 'the same photo',
  same_photo: 'nearly the same photo',
  same_item: 'same item',
};
