// Reads devalue texts for the Rust tests: one JSON request per line, one JSON answer per line.
//   {"package": "devalue" | "devalue-astro", "text": "…"}
//   {"text": "…", "rules": […]}    what the package prints again for what it read
//   {"error": "…", "rules": […]}   why it refuses
// `rules` names what the text relies on that a codec in another language may treat otherwise; see rules.mjs.
import { createInterface } from 'node:readline';
import { rules } from './rules.mjs';

const packages = { devalue: await import('devalue'), 'devalue-astro': await import('devalue-astro') };
// URLs are read as Astro reads them.
const revivers = { URL: (href) => new URL(href) };

function answer({ package: name, text }) {
	const { parse, stringify } = packages[name];
	const found = rules(text);
	let value;
	try {
		value = parse(text, revivers);
	} catch (error) {
		return { error: `${error.name}: ${error.message}`.toWellFormed(), rules: found };
	}
	return { text: escaped(stringify(value)), rules: found };
}

// devalue 5 leaves unpaired surrogates as they are, which no UTF-8 text can hold; devalue 6 escapes them.
function escaped(text) {
	if (text.isWellFormed()) return text;
	return text.replace(/\p{Surrogate}/gu, (unit) => `\\u${unit.charCodeAt(0).toString(16)}`);
}

for await (const line of createInterface({ input: process.stdin })) {
	process.stdout.write(`${JSON.stringify(answer(JSON.parse(line)))}\n`);
}
