/** Who is signed in, and the first run. */
import type { components } from './generated.js';
import type { Client } from './client.js';

export type Me = components['schemas']['AuthMe'];

export class Accounts {
  constructor(private readonly client: Client) {}

  /** Whether the house still waits for its owner. */
  async setupNeeded(): Promise<boolean> {
    return (await this.client.request<{ needed: boolean }>('GET', '/api/v1/setup')).body.needed;
  }

  async setUp(code: string, name: string, password: string): Promise<void> {
    await this.client.request('POST', '/api/v1/setup', { body: { code, name, password } });
  }

  async signIn(name: string, password: string): Promise<void> {
    await this.client.request('POST', '/api/v1/auth/sign-in', { body: { name, password } });
  }

  async signOut(): Promise<void> {
    await this.client.request('POST', '/api/v1/auth/sign-out');
  }

  async me(): Promise<Me> {
    return (await this.client.request<Me>('GET', '/api/v1/me')).body;
  }
}
