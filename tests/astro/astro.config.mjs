import node from '@astrojs/node';
import { defineConfig } from 'astro/config';

export default defineConfig({
  output: 'server',
  adapter: node({ mode: 'standalone' }),
  session: {
    // Astro fixes driver and options when it builds; this one passes on to the real drivers as the environment says.
    driver: { entrypoint: new URL('./src/session-driver.js', import.meta.url), config: {} },
  },
  devToolbar: { enabled: false },
});
