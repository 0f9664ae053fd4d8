// Says what a value is, type by type and reference by reference, as the tagged tree of ../../data/devalue/README.md. It is
// always the tree's form `table`: a flat list in which every object has an id, so that sharing and cycles show.

const FEW_HOLES = 64;

const units = (string) => ({ utf16: Array.from({ length: string.length }, (_, i) => string.charCodeAt(i)) });
const text = (string) => (string.isWellFormed() ? string : units(string));
const tag = (value) => Object.prototype.toString.call(value).slice(8, -1);
const isView = (value) => ArrayBuffer.isView(value);

function primitive(value) {
  switch (typeof value) {
    case 'undefined':
      return { t: 'undefined' };
    case 'boolean':
      return { t: 'bool', v: value };
    case 'number':
      return { t: 'number', v: Object.is(value, -0) ? '-0' : String(value) };
    case 'bigint':
      return { t: 'bigint', v: String(value) };
    case 'string':
      return value.isWellFormed() ? { t: 'string', v: value } : { t: 'string', ...units(value) };
  }
  return value === null ? { t: 'null' } : undefined;
}

function array(value, child) {
  const present = Object.keys(value).filter((key) => String(key >>> 0) === key);
  if (value.length - present.length > FEW_HOLES) {
    return { t: 'array', length: value.length, entries: present.map((i) => [Number(i), child(value[i])]) };
  }
  return { t: 'array', items: Array.from(value, (item, i) => (i in value ? child(item) : { t: 'hole' })) };
}

function object(value, child) {
  const entries = Object.entries(value).map(([key, item]) => [text(key), child(item)]);
  return { t: Object.getPrototypeOf(value) === null ? 'null_object' : 'object', entries };
}

function node(value, child) {
  if (Array.isArray(value)) return array(value, child);
  if (isView(value)) {
    const { byteOffset, byteLength } = value;
    return { t: 'view', kind: tag(value), buffer: child(value.buffer), byteOffset, byteLength };
  }
  if (tag(value).startsWith('Temporal.')) {
    return { t: 'temporal', kind: tag(value).slice('Temporal.'.length), v: value.toString() };
  }
  switch (tag(value)) {
    case 'Date':
      return { t: 'date', ms: Number.isNaN(value.getTime()) ? null : value.getTime() };
    case 'RegExp':
      return { t: 'regexp', source: text(value.source), flags: value.flags };
    case 'Map':
      return { t: 'map', entries: [...value].map(([key, item]) => [child(key), child(item)]) };
    case 'Set':
      return { t: 'set', items: [...value].map(child) };
    case 'ArrayBuffer':
      return { t: 'arraybuffer', hex: Buffer.from(value).toString('hex') };
    case 'URL':
      return { t: 'url', v: value.href };
    case 'URLSearchParams':
      return { t: 'urlsearchparams', v: value.toString() };
    case 'Number':
    case 'String':
    case 'Boolean':
    case 'BigInt':
      return { t: 'boxed', v: primitive(value.valueOf()) };
    case 'Object':
      return object(value, child);
  }
  throw new TypeError(`a ${tag(value)} has no description`);
}

export function describe(root) {
  const ids = new Map();
  const found = [];
  const child = (value) => {
    const simple = primitive(value);
    if (simple) return simple;
    if (!ids.has(value)) {
      ids.set(value, found.length);
      found.push(value);
    }
    return { t: 'ref', id: ids.get(value) };
  };
  const simple = primitive(root);
  if (simple) return simple;
  child(root);
  const nodes = [];
  for (let id = 0; id < found.length; id++) nodes.push({ id, ...node(found[id], child) });
  return { t: 'table', nodes };
}
