// One style sheet for the pages of both: that of the Rust shop next door.
import css from '../../../../shop/style.css?raw';

export const GET = () => new Response(css, { headers: { 'Content-Type': 'text/css; charset=utf-8' } });
