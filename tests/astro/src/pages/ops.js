// Runs the session operations that the request asks for, one after the other, and tells what each gave.
import vm from 'node:vm';
import { describe } from '../describe.js';

export const prerender = false;

const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms));
const evaluate = (js) => new Function('vm', `return (${js})`)(vm);

const operations = {
  get: (session, { key }) => session.get(key),
  has: (session, { key }) => session.has(key),
  set: (session, { key, js, ttl }) => session.set(key, evaluate(js), ttl === undefined ? undefined : { ttl }),
  // Reads and writes what was read, as every Astro page does that changes a value.
  push: async (session, { key, js }) => session.set(key, [...((await session.get(key)) ?? []), evaluate(js)]),
  delete: (session, { key }) => session.delete(key),
  keys: async (session) => [...(await session.keys())],
  values: (session) => session.values(),
  entries: (session) => session.entries(),
  regenerate: (session) => session.regenerate(),
  destroy: (session) => session.destroy(),
  load: (session, { id }) => session.load(id),
  // What the session is not asked for: what a value looks like that was never stored.
  eval: (_, { js }) => evaluate(js),
  sleep: (_, { ms }) => sleep(ms),
};

async function run(session, op) {
  try {
    return { value: describe(await operations[op.op](session, op)) };
  } catch (error) {
    return { error: `${error.name}: ${error.message}` };
  }
}

export async function POST({ request, session }) {
  const results = [];
  for (const op of await request.json()) results.push(await run(session, op));
  return Response.json({ results, id: session.sessionID ?? null });
}
