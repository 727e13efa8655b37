import { Problem, type Me } from '@vitrine/sdk';
import { sentence, vitrine } from '$lib/vitrine';

type State =
  | { kind: 'loading' }
  | { kind: 'setup' }
  | { kind: 'signed_out' }
  | { kind: 'signed_in'; me: Me }
  | { kind: 'failed'; problem: string };

/** Who is signed in. */
class Session {
  state = $state<State>({ kind: 'loading' });

  async load() {
    try {
      this.state = { kind: 'signed_in', me: await vitrine.accounts.me() };
    } catch (error) {
      if (!(error instanceof Problem) || error.status !== 401) {
        this.state = { kind: 'failed', problem: sentence(error) };
        return;
      }
      this.state = { kind: (await vitrine.accounts.setupNeeded()) ? 'setup' : 'signed_out' };
    }
  }

  async setUp(code: string, name: string, password: string) {
    await vitrine.accounts.setUp(code.trim(), name.trim(), password);
    await this.load();
  }

  async signIn(name: string, password: string) {
    await vitrine.accounts.signIn(name.trim(), password);
    await this.load();
  }

  async signOut() {
    await vitrine.accounts.signOut();
    this.state = { kind: 'signed_out' };
  }
}

export const session = new Session();
