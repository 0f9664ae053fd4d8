// Whatever Astro has no page for is the Rust service's: requests go there and answers come back as they are, cookies
// included. A site with a proxy in front of both lets the proxy do this.
import type { APIRoute } from 'astro';
import { getSecret } from 'astro:env/server';

const SERVICE = getSecret('SERVICE') ?? 'http://127.0.0.1:3001';

export const ALL: APIRoute = async ({ request, url }) => {
  const { method, headers } = request;
  const body = method === 'GET' || method === 'HEAD' ? null : await request.arrayBuffer();
  const answer = fetch(new URL(url.pathname + url.search, SERVICE), { method, headers, body, redirect: 'manual' });
  return answer.catch(() => new Response('The till is closed at the moment. Please try again in a minute.', { status: 502 }));
};
