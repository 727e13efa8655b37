import type { Words } from '@vitrine/sdk';
import { vitrine } from '$lib/vitrine';

type Language = 'en' | 'it';

/** Names of catalogue keys, asked for once a language. */
class WordBook {
  #books = $state<Partial<Record<Language, Words>>>({});
  #asked = new Set<Language>();

  of(language: Language): Words {
    if (!this.#asked.has(language)) {
      this.#asked.add(language);
      vitrine.catalog.words(language).then(
        (words) => (this.#books[language] = words),
        () => this.#asked.delete(language),
      );
    }
    return this.#books[language] ?? { categories: [], colours: [], fibres: [], conditions: [] };
  }

  name(language: Language, list: keyof Words, key: string | undefined): string {
    return (key && this.of(language)[list].find((word) => word.key === key)?.name) || key || '';
  }
}

export const wordBook = new WordBook();
