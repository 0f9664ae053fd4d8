import node from '@astrojs/node';
import { defineConfig, sessionDrivers } from 'astro/config';

export default defineConfig({
  output: 'server',
  adapter: node({ mode: 'standalone' }),
  session: {
    driver: sessionDrivers.fs({ base: '.astro/session' }),
    // The shop speaks plain http on localhost. Behind https leave this line out.
    cookie: { secure: false },
  },
  // The names under which a browser may ask for the shop; Astro takes no other for its own.
  security: { allowedDomains: [{ hostname: '127.0.0.1' }, { hostname: 'localhost' }] },
  devToolbar: { enabled: false },
});
