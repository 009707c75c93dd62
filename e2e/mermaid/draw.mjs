// node draw.mjs [--every] [--png DIR] PATH...
// Every .mmd file under the paths is drawn in headless Chromium by the newest
// Mermaid, in its light and its dark theme (--every: by every version), and
// what its source says can be read in the drawing. --png keeps the pictures.
import { mkdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { launch, open } from './browser.mjs';
import { bare, diagrams, wanted } from './files.mjs';
import { versions } from './versions.mjs';

const { values, positionals } = parseArgs({
  options: { every: { type: 'boolean' }, png: { type: 'string' } },
  allowPositionals: true,
});
const files = diagrams(positionals);
if (files.length === 0) {
  console.error('draw: no .mmd file in', positionals.join(', ') || 'no path');
  process.exit(2);
}
if (values.png) {
  mkdirSync(values.png, { recursive: true });
}

// faults returns what is wrong with the drawing of a file.
async function faults(page, file, theme) {
  const source = readFileSync(file, 'utf8');
  let seen;
  try {
    seen = await page.evaluate(([s, t]) => window.draw(s, t), [source, theme]);
  } catch (err) {
    return [`does not draw it: ${err.message.split('\n').slice(0, 4).join(' ')}`];
  }
  const out = [];
  if (seen.error) {
    out.push(`draws an error: ${seen.text.slice(0, 200)}`);
  }
  if (seen.active.length > 0) {
    out.push(`lets through: ${seen.active.join(', ')}`);
  }
  const text = bare(seen.text);
  for (const [want, times] of wanted(file, source)) {
    const have = text.split(want).length - 1;
    if (have < times) {
      out.push(`shows ${JSON.stringify(want.slice(0, 80))} ${have} times, not ${times}: ${JSON.stringify(seen.text.slice(0, 400))}`);
    }
  }
  return out;
}

let failed = 0;
let drawn = 0;
const browser = await launch();
await Promise.all((values.every ? versions : versions.slice(-1)).map(async (version) => {
  const page = await open(browser, version);
  for (const theme of values.every ? ['default'] : ['default', 'dark']) {
    for (const file of files) {
      drawn++;
      for (const fault of await faults(page, file, theme)) {
        failed++;
        console.error(`${file}: Mermaid ${version} ${fault}`);
      }
      if (values.png) {
        await page.screenshot({ path: path.join(values.png, `${path.basename(file, '.mmd')}.${theme}.${version}.png`), fullPage: true });
      }
    }
  }
  await page.close();
}));
await browser.close();
console.log(`drew ${drawn} pictures: ${failed || 'no'} faults`);
process.exit(failed ? 1 : 0);
