// Which of JavaScript's liberties a devalue text takes. What counts is reachable from entry 0, as for devalue itself.

const SENTINELS = new Set([-1, -3, -4, -5, -6]);
const TEMPORAL = /^Temporal\.(Duration|Instant|Plain(Date|Time|DateTime|MonthDay|YearMonth)|ZonedDateTime)$/;
const VIEW = /^(Int8|Uint8|Uint8Clamped|Int16|Uint16|Float16|Int32|Uint32|Float32|Float64|BigInt64|BigUint64)Array$|^DataView$/;
const BASE64 = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}(?:==)?|[A-Za-z0-9+/]{3}=?)?$/;

/** @param {string} text */
export function rules(text) {
	let entries;
	try {
		entries = JSON.parse(text);
	} catch {
		return [];
	}
	if (!Array.isArray(entries)) return [];
	const walk = new Walk(entries);
	walk.run();
	return [...walk.found];
}

/** Whether `make` gives exactly `text` again. */
function again(text, make) {
	try {
		return make(text) === text;
	} catch {
		return false;
	}
}

class Walk {
	found = new Set();
	seen = new Set([0]);
	waiting = [0];

	constructor(entries) {
		this.entries = entries;
	}

	run() {
		while (this.waiting.length > 0) {
			const entry = this.entries[this.waiting.pop()];
			if (Array.isArray(entry)) this.array(entry);
			else if (entry && typeof entry === 'object') for (const item of Object.values(entry)) this.index(item);
		}
	}

	index(item) {
		if (typeof item !== 'number' || SENTINELS.has(item)) return;
		if (!Number.isInteger(item) || item < 0) this.found.add('index');
		else if (item >= this.entries.length) this.found.add('appended');
		else if (!this.seen.has(item)) {
			this.seen.add(item);
			this.waiting.push(item);
		}
	}

	array(entry) {
		if (typeof entry[0] === 'string') return this.tagged(entry);
		if (entry[0] === -7) entry.slice(2).forEach((item, at) => at % 2 === 1 && this.index(item));
		else entry.forEach((item) => item === -2 || this.index(item));
	}

	tagged([tag, first, second, third, ...rest]) {
		const all = [first, second, third, ...rest];
		const text = typeof first === 'string';
		if (tag === 'Set' || tag === 'Map') all.forEach((item) => this.index(item));
		else if (tag === 'null') all.forEach((item, at) => at % 2 === 1 && this.index(item));
		else if (tag === 'Date') this.unless(text && (first === '' || again(first, (t) => new Date(t).toISOString())), 'date');
		else if (tag === 'BigInt') this.unless(text && /^-?[0-9]+$/.test(first), 'bigint');
		else if (tag === 'RegExp') this.pattern(first, second);
		else if (tag === 'URL') this.address(first);
		else if (tag === 'URLSearchParams') {
			this.unless(text, 'query-argument');
			this.unless(!text || again(first, (t) => new URLSearchParams(t).toString()), 'query-text');
		} else if (tag === 'ArrayBuffer') this.unless(text && BASE64.test(first), 'base64');
		else if (tag === 'Object') this.index(first);
		else if (TEMPORAL.test(tag)) this.found.add('temporal');
		else if (VIEW.test(tag)) {
			if (tag === 'Float16Array' && !globalThis.Float16Array) this.found.add('float16');
			const count = (item) => item === undefined || (Number.isInteger(item) && item >= 0);
			this.unless(count(second) && count(third), 'view-arguments');
			this.index(first);
		} else {
			this.found.add('unknown-tag');
			this.index(first);
		}
	}

	pattern(source, flags) {
		const fine = typeof source === 'string' && (flags === undefined || typeof flags === 'string');
		this.unless(fine, 'pattern-arguments');
		if (!fine) return;
		try {
			const made = new RegExp(source, flags);
			this.unless(made.source === source && made.flags === (flags ?? ''), 'pattern-text');
		} catch {
			this.found.add('pattern-syntax');
		}
	}

	/** With Astro's reviver an address is a text in the entry, or the number of an entry that is one. */
	address(item) {
		const text = typeof item === 'number' ? this.entries[item] : item;
		this.unless(typeof text === 'string', 'url-argument');
		if (typeof text === 'string' && !URL.canParse(text)) this.found.add('url-syntax');
		else this.unless(typeof text !== 'string' || again(text, (t) => new URL(t).href), 'url-text');
		this.index(item);
	}

	unless(fine, rule) {
		if (!fine) this.found.add(rule);
	}
}
