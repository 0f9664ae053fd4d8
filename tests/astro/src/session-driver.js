// The very drivers that `sessionDrivers.fs` and `sessionDrivers.redis` stand for, chosen when the app starts, so that one
// build serves every test.
import files from 'unstorage/drivers/fs-lite';
import redis from 'unstorage/drivers/redis';

const { SESSION_FOLDER, SESSION_REDIS, SESSION_REDIS_BASE } = process.env;

export default () =>
  SESSION_REDIS
    ? redis({ url: SESSION_REDIS, base: SESSION_REDIS_BASE })
    : files({ base: SESSION_FOLDER ?? '.astro/session' });
