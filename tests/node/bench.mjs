// Runs the npm package devalue for the Rust benchmark: one JSON request per line, one JSON answer per line.
//   {"text": "…"}                          takes a text, whose value is stringified and which is parsed
//   {"run": "parse" | "stringify", "times": n}   runs that often; answers {"ns": for one run}
import { createInterface } from 'node:readline';
import { parse, stringify } from 'devalue';

let text, value, kept;
const run = { parse: () => parse(text), stringify: () => stringify(value) };
const cpu = () => {
	const { user, system } = (process.threadCpuUsage ?? process.cpuUsage).call(process);
	return (user + system) * 1e3;
};

function answer(request) {
	if (request.text !== undefined) {
		({ text } = request);
		value = parse(text);
		return { same: stringify(value) === text, node: process.version };
	}
	const once = run[request.run];
	const [wall, used] = [process.hrtime.bigint(), cpu()];
	for (let time = 0; time < request.times; time++) kept = once();
	// Whatever is kinder to Node: other programs lengthen the one, V8's helping threads the other.
	return { ns: Math.min(Number(process.hrtime.bigint() - wall), cpu() - used) / request.times, kept: typeof kept };
}

for await (const line of createInterface({ input: process.stdin })) {
	process.stdout.write(`${JSON.stringify(answer(JSON.parse(line)))}\n`);
}
