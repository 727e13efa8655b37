/** Background work: what waits, what runs, what failed and why. */
import type { components } from './generated.js';
import type { Client } from './client.js';

export type Job = components['schemas']['QueueJob'];

export class Jobs {
  constructor(private readonly client: Client) {}

  async list(query: { state?: Job['state']; kind?: string; limit?: number; cursor?: string } = {}): Promise<{ jobs: Job[]; next?: string }> {
    return (await this.client.request<{ jobs: Job[]; next?: string }>('GET', '/api/v1/jobs', { query })).body;
  }

  async find(id: string): Promise<Job> {
    return (await this.client.request<Job>('GET', `/api/v1/jobs/${id}`)).body;
  }

  async retry(id: string): Promise<Job> {
    return (await this.client.request<Job>('POST', `/api/v1/jobs/${id}/retry`)).body;
  }
}
