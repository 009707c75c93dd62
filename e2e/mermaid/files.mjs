// Which diagrams to look at, and what has to be read in each.
import { existsSync, readFileSync, readdirSync, statSync } from 'node:fs';
import path from 'node:path';

// diagrams returns every .mmd file under the paths, in order.
export function diagrams(paths) {
  const found = paths.flatMap((p) =>
    statSync(p).isDirectory()
      ? diagrams(readdirSync(p).filter((n) => !n.startsWith('.') && n !== 'node_modules').sort().map((n) => path.join(p, n)))
      : p.endsWith('.mmd') ? [p] : []);
  return found;
}

// bare leaves out blanks, because where a line is broken is the renderer's
// business, and the word joiner, which has no width.
export const bare = (text) => text.replace(/[\s\u2060]+/gu, '');

const plain = (text) =>
  text
    .replace(/\uFB02\u00B0\u00B0(\d+)\u00B6\u00DF/gu, '#$1;')
    .split(/<br\/>|\n/)
    .map((line) => line.replace(/#(\d+);/g, (_, n) => String.fromCodePoint(Number(n))));

// wanted returns what must be legible in a drawing: how often each text has to
// be there at least. A .wanted.json file beside the diagram lists the lines of a label
// and how many places it stands in; without one, it is every text in the source.
export function wanted(file, source) {
  const beside = file.replace(/\.mmd$/, '.wanted.json');
  if (existsSync(beside)) {
    const { lines, places } = JSON.parse(readFileSync(beside, 'utf8'));
    return count(lines.flatMap((line) => Array(places).fill(line)));
  }
  const body = source.replace(/^---\n.*?\n---\n/s, '').split('\n').filter((l) => !/^\s*acc(Title|Descr)/.test(l));
  const texts = body[0].startsWith('flowchart')
    ? [...body.join('\n').matchAll(/"([^"]*)"/g)].map((m) => m[1])
    : body.flatMap((line) => line.match(/(?::| as|^ *box rgba\([^)]*\)) (.*)/)?.[1] ?? []);
  const title = source.match(/^---\ntitle: "(.*)"\n/)?.[1];
  return count([...texts, ...(title ? [title] : [])].flatMap(plain));
}

function count(texts) {
  const out = new Map();
  for (const text of texts.map(bare).filter(Boolean)) {
    out.set(text, (out.get(text) ?? 0) + 1);
  }
  return out;
}
