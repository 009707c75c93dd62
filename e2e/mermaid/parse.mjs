// node parse.mjs PATH...
// Every .mmd file under the paths parses in every version of Mermaid.
// Mermaid wants a document when it is imported, so one is made up before.
import { readFileSync } from 'node:fs';
import { JSDOM } from 'jsdom';
import { diagrams } from './files.mjs';
import { versions } from './versions.mjs';

const { window } = new JSDOM('<!doctype html><body></body>', { pretendToBeVisual: true });
for (const name of ['window', 'document', 'navigator', 'Element', 'HTMLElement', 'SVGElement', 'Node', 'DOMParser', 'XMLSerializer', 'DocumentFragment', 'MutationObserver', 'Option', 'getComputedStyle']) {
  Object.defineProperty(globalThis, name, { value: name === 'window' ? window : window[name], configurable: true, writable: true });
}

const files = diagrams(process.argv.slice(2));
if (files.length === 0) {
  console.error('parse: no .mmd file in', process.argv.slice(2).join(', ') || 'no path');
  process.exit(2);
}
// refusal returns why a version does not parse a text, "" where it does. What
// parse returns differs by version; all of them throw.
async function refusal(mermaid, text) {
  try {
    return (await mermaid.parse(text)) === false ? 'it says no more' : '';
  } catch (err) {
    return String(err.message ?? err.str ?? err);
  }
}

let failed = 0;
for (const version of versions) {
  const mermaid = (await import(`mermaid-${version}`)).default;
  mermaid.initialize({ startOnLoad: false });
  if (!(await refusal(mermaid, 'flowchart LR\n  a["b'))) {
    throw new Error(`Mermaid ${version} parses what is broken: this test could not fail`);
  }
  for (const file of files) {
    const why = await refusal(mermaid, readFileSync(file, 'utf8'));
    if (why) {
      failed++;
      console.error(`${file}: Mermaid ${version} does not parse it: ${why}`);
    }
  }
}
console.log(`parsed ${files.length} diagrams in Mermaid ${versions.join(', ')}: ${failed || 'no'} failures`);
process.exit(failed ? 1 : 0);
