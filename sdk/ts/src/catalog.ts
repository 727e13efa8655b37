/** The words for things: what may be chosen in a field, and how it is called. */
import type { components } from './generated.js';
import type { Client } from './client.js';

export type Words = components['schemas']['AppWords'];
export type Word = components['schemas']['AppWord'];

export class Catalog {
  constructor(private readonly client: Client) {}

  async words(language: 'en' | 'it' | 'fr' | 'de' | 'es' = 'en'): Promise<Words> {
    return (await this.client.request<Words>('GET', '/api/v1/catalog', { query: { language } })).body;
  }
}
