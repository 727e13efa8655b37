import type { Market } from '@vitrine/sdk';
import { vitrine } from '$lib/vitrine';

/** The marketplaces that can be chosen, asked for once, and the person's choice for what they add next. */
class MarketChoice {
  all = $state<{ market: Market; name: string }[]>([]);
  usual = $state<Market | undefined>();
  #chosen = $state<Market | undefined>((localStorage.getItem('market') as Market | null) ?? undefined);
  #asked = false;

  load() {
    if (this.#asked) return;
    this.#asked = true;
    vitrine.listings.markets().then(
      (markets) => {
        this.all = markets.markets;
        this.usual = markets.usual;
      },
      () => (this.#asked = false),
    );
  }

  /** Undefined until the marketplaces are known: then the server takes its usual one. */
  get chosen(): Market | undefined {
    return this.all.some((each) => each.market === this.#chosen) ? this.#chosen : this.usual;
  }

  set chosen(market: Market | undefined) {
    this.#chosen = market;
    if (market) localStorage.setItem('market', market);
  }
}

export const markets = new MarketChoice();
