// The page is one program that runs in the browser; the server only sends files and JSON.
export const ssr = false;
export const prerender = false;
