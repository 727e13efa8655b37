import { sveltekit } from '@sveltejs/kit/vite';
import { defineConfig } from 'vite';

export default defineConfig({
  plugins: [sveltekit()],
  // For `npm run dev`: the API of a server started by `make run`.
  server: { proxy: { '/api': { target: 'http://127.0.0.1:8080', ws: true } } },
});
