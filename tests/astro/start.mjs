// Starts the app that was built in the working directory on a free port, says which one, and ends with whoever started it:
// when its standard input closes.
import { pathToFileURL } from 'node:url';

process.env.ASTRO_NODE_AUTOSTART = 'disabled';
process.env.ASTRO_NODE_LOGGING = 'disabled';
process.env.HOST = '127.0.0.1';
process.env.PORT = '0';
process.stdin.on('close', () => process.exit()).resume();

const { startServer } = await import(pathToFileURL('dist/server/entry.mjs'));
const { server } = startServer();
server.server.on('listening', () => console.log(`port ${server.server.address().port}`));
