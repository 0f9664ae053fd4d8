// Checks values against a JSON Schema, with ajv and devalue as they come from npm.
//
//   node validate.mjs FILE
//
// FILE holds { schema, rows: [{ key, text, valid }] }: `text` is a devalue text that belongs to the key, and `valid` says
// whether it should fit. Prints one line per row that turns out otherwise, and the number of rows.
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { parse } from "devalue";

const require = createRequire(import.meta.url);
const { Ajv2020 } = require("ajv/dist/2020.js");
const { not } = require("ajv/dist/compile/codegen");
const addKeywords = require("ajv-keywords");
const { CONSTRUCTORS } = require("ajv-keywords/dist/definitions/instanceof.js");

const { schema, rows } = JSON.parse(readFileSync(process.argv[2], "utf8"));

Object.assign(CONSTRUCTORS, { Map, Set, URL, Uint8Array });
const ajv = new Ajv2020({ strict: false, strictNumbers: false, validateFormats: false, inlineRefs: false });
addKeywords(ajv, "instanceof");
for (const type of ["bigint", "undefined"]) {
  ajv.addKeyword({ keyword: type, validate: (_, data) => typeof data === type });
}
// A plain object: to JSON Schema a Map is an object as well.
ajv.addKeyword({
  keyword: "plain",
  validate: (_, data) =>
    data === null || typeof data !== "object" || Array.isArray(data) || [Object.prototype, null].includes(Object.getPrototypeOf(data)),
});
// The members of a Set and the entries of a Map.
ajv.addKeyword({
  keyword: "members",
  schemaType: ["object", "boolean"],
  code(cxt) {
    const { gen, data } = cxt;
    const valid = gen.let("valid", true);
    gen.forOf("member", data, (member) => {
      const inner = gen.name("inner");
      cxt.subschema({ keyword: "members", data: member, dataTypes: [], definedProperties: new Set() }, inner);
      gen.if(not(inner), () => gen.assign(valid, false).break());
    });
    cxt.pass(valid);
  },
});

// From our annotations to the keywords above.
function translate(schema) {
  if (Array.isArray(schema)) return schema.map(translate);
  if (schema === null || typeof schema !== "object") return schema;
  const { "x-javascript": type, items, ...rest } = schema;
  const out = Object.fromEntries(Object.entries(rest).map(([name, value]) => [name, translate(value)]));
  if (out.type === "object" || (Array.isArray(out.type) && out.type.includes("object"))) out.plain = true;
  if (type === undefined) return items === undefined ? out : { ...out, items: translate(items) };
  if (type === "bigint" || type === "undefined") return { ...out, [type]: true };
  return { allOf: [{ instanceof: type }], ...(items && { if: { instanceof: type }, then: { members: translate(items) } }) };
}

const translated = translate(schema);
ajv.addSchema(translated, "session");
let failures = 0;
for (const { key, text, valid } of rows) {
  const check = ajv.getSchema(`session#/properties/${encodeURIComponent(key)}`);
  const value = parse(text);
  if (check(value) !== valid) {
    failures += 1;
    console.log(`${key}: ${text} should ${valid ? "" : "not "}fit: ${JSON.stringify(check.errors)}`);
  }
}
console.log(`${rows.length} rows, ${failures} failures`);
process.exitCode = failures === 0 ? 0 : 1;
