import { resync, settled, type Event, type Listing, type ListQuery, type Market, type Upload } from '@vitrine/sdk';
import { sentence, vitrine } from '$lib/vitrine';

/** What a new item is made with. */
export interface Wishes {
  language: 'en' | 'it';
  market?: Market | undefined;
}

/** One upload that is under way, was needless or went wrong, or trouble with the watched folder. */
export interface Sending {
  id: number;
  name: string; // empty when the problem says it all
  known?: string; // the listing that has these very photos
  problem?: string;
  retry?: () => void;
}

/** The listings shown, kept true by events. */
class Board {
  listings = $state<Listing[]>([]);
  next = $state<string | undefined>();
  query = $state<ListQuery>({});
  sending = $state<Sending[]>([]);
  problem = $state('');
  loaded = $state(false);
  #counter = 0;
  #trouble = 0;
  #stop: (() => void) | undefined;
  #reading = new Set<string>();
  #again = new Set<string>();

  start() {
    this.load();
    this.#stop ??= vitrine.events.listen((event) => this.#take(event));
  }

  stop() {
    this.#stop?.();
    this.#stop = undefined;
  }

  async load(query: ListQuery = this.query) {
    this.query = query;
    try {
      const page = await vitrine.listings.list({ limit: 60, ...query });
      this.listings = page.listings;
      this.next = page.next;
      this.problem = '';
      this.loaded = true;
    } catch (error) {
      this.problem = sentence(error);
    }
  }

  async more() {
    const page = await vitrine.listings.list({ limit: 60, ...this.query, cursor: this.next });
    this.listings.push(...page.listings);
    this.next = page.next;
  }

  /** Uploads items one after another; each appears as soon as the server has it. */
  async send(items: Upload[][], wishes: Wishes) {
    for (const photos of items) await this.#sendOne(photos, wishes);
  }

  async #sendOne(photos: Upload[], wishes: Wishes) {
    const name = photos.length === 1 ? photos[0]!.name : `${photos[0]!.name} and ${photos.length - 1} more`;
    const sending: Sending = { id: ++this.#counter, name };
    this.sending.push(sending);
    try {
      const made = await vitrine.listings.create(photos, wishes);
      const shown = this.sending.find((each) => each.id === sending.id);
      if (shown && !made.created) shown.known = made.listing;
      else this.#drop(sending.id);
      await this.#reload(made.listing);
    } catch (error) {
      const shown = this.sending.find((each) => each.id === sending.id);
      if (!shown) return;
      shown.problem = sentence(error);
      shown.retry = () => {
        this.#drop(sending.id);
        this.#sendOne(photos, wishes);
      };
    }
  }

  dismiss(id: number) {
    this.#drop(id);
  }

  #drop(id: number) {
    this.sending = this.sending.filter((each) => each.id !== id);
  }

  /** Shows what a verb gave back without asking again. */
  put(listing: Listing) {
    const at = this.listings.findIndex((each) => each.id === listing.id);
    const shown = !this.query.state ? listing.state !== 'trashed' : this.query.state === listing.state;
    if (at >= 0 && !shown) this.listings.splice(at, 1);
    else if (at >= 0) this.listings[at] = listing;
    else if (shown && !this.query.q && !this.query.missing) this.listings.unshift(listing);
  }

  #take(event: Event) {
    if (event === resync) this.load();
    else if (event.kind.startsWith('listing.')) this.#reload(event.subject);
    else if (event.kind.startsWith('watch.')) this.#takeWatched(event);
  }

  /** The watched folder: what went wrong there is shown like an upload that went wrong. Trouble is shown until it ends. */
  #takeWatched(event: Event) {
    const { message = '' } = event.data as { message?: string };
    if (event.kind === 'watch.refused') {
      const problem = message.replace(`${event.subject}: `, '');
      this.sending.push({ id: ++this.#counter, name: `${event.subject} in the watched folder`, problem });
    } else if (event.kind === 'watch.unavailable' || event.kind === 'watch.ready') {
      this.#drop(this.#trouble);
      if (event.kind === 'watch.unavailable') this.sending.push({ id: (this.#trouble = ++this.#counter), name: '', problem: message });
    }
  }

  /** What changes while it is being read is read once more: the answer under way may be of before. */
  async #reload(id: string) {
    if (this.#reading.has(id)) return void this.#again.add(id);
    this.#reading.add(id);
    try {
      const listing = await vitrine.listings.find(id);
      const shown = this.listings.find((each) => each.id === id);
      if (!shown || shown.version <= listing.version) this.put(listing);
    } catch {
      // It is gone, or the connection is: the next event or load tells.
    } finally {
      this.#reading.delete(id);
      if (this.#again.delete(id)) this.#reload(id);
    }
  }
}

export const board = new Board();
export { settled };
