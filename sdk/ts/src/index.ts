/**
 * The TypeScript client of vitrine.
 *
 *   const vitrine = new Vitrine({ baseUrl: 'http://127.0.0.1:8080', apiKey: 'vit_...' });
 *   const drafting = await vitrine.listings.create([{ name: 'shirt.jpg', data }]);
 *   const draft = await drafting.finished();
 */
import { Accounts } from './accounts.js';
import { Catalog } from './catalog.js';
import { Client, type ClientOptions } from './client.js';
import { Events } from './events.js';
import { Jobs } from './jobs.js';
import { Listings } from './listings.js';
import { Phone } from './phone.js';

export * from './accounts.js';
export * from './catalog.js';
export * from './client.js';
export * from './events.js';
export * from './jobs.js';
export * from './listings.js';
export * from './phone.js';
export type { components, paths } from './generated.js';

export class Vitrine {
  readonly accounts: Accounts;
  readonly catalog: Catalog;
  readonly events: Events;
  readonly jobs: Jobs;
  readonly listings: Listings;
  readonly phone: Phone;

  constructor(options: ClientOptions = {}) {
    const client = new Client(options);
    this.accounts = new Accounts(client);
    this.catalog = new Catalog(client);
    this.events = new Events(client);
    this.jobs = new Jobs(client);
    this.listings = new Listings(client, this.events);
    this.phone = new Phone(client);
  }
}
