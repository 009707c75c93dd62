// check.mjs PATH...
// Shows pictures in pages of headless Chromium, one page for each folder and model, and
// prints what axe finds there. Nothing is fetched.
import { existsSync } from 'node:fs';
import { readFile, readdir, stat } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { chromium } from 'playwright-core';

const here = path.dirname(fileURLToPath(import.meta.url));
const browsers = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'];
const axe = await readFile(path.join(here, 'node_modules/axe-core/axe.min.js'), 'utf8');

async function files(at) {
  if ((await stat(at)).isDirectory()) {
    const inside = await readdir(at);
    return (await Promise.all(inside.sort().map((name) => files(path.join(at, name))))).flat();
  }
  return /\.(svg|html)$/.test(at) ? [at] : [];
}

// pages are the pictures of each folder and model.
async function pages(paths) {
  const out = new Map();
  for (const file of (await Promise.all(paths.map(files))).flat()) {
    const key = path.join(path.dirname(file), path.basename(file).split('.')[0]);
    out.set(key, [...(out.get(key) ?? []), file]);
  }
  return out;
}

function escaped(text) {
  return text.replace(/[&<>]/g, (c) => ({ '&': '&amp;', '<': '&lt;', '>': '&gt;' })[c]);
}

async function document(key, of, scheme) {
  const bodies = await Promise.all(of.map((file) => readFile(file, 'utf8')));
  const parts = bodies.map((body, i) => `<h2>${escaped(path.basename(of[i]))}</h2>\n${body}`);
  return `<!doctype html><html lang="en"><head><meta charset="utf-8"><title>${escaped(path.basename(key))}</title>
<style>:root { color-scheme: ${scheme} }</style></head><body><main><h1>${escaped(path.basename(key))}</h1>
${parts.join('\n')}</main></body></html>`;
}

const executablePath = process.env.CHROMIUM || browsers.find(existsSync);
if (!executablePath) {
  throw new Error(`no browser found (looked for ${browsers.join(', ')}; CHROMIUM names another)`);
}
const all = await pages(process.argv.slice(2));
if (all.size === 0) {
  throw new Error('there is no picture under the paths');
}
const browser = await chromium.launch({ executablePath, args: ['--no-sandbox', '--disable-gpu'] });
const page = await browser.newPage({ viewport: { width: 1000, height: 800 } });
await page.route('**/*', (route) => route.abort());
let found = 0;

// look returns what axe finds in a document.
async function look(html, scheme) {
  await page.emulateMedia({ colorScheme: scheme });
  await page.setContent(html);
  await page.evaluate(axe);
  return page.evaluate(async () => {
    const result = await globalThis.axe.run(document, { resultTypes: ['violations'] });
    return result.violations.flatMap((v) => v.nodes.map((n) => `${v.id}: ${n.failureSummary} ${n.html.slice(0, 160)}`));
  });
}

const broken = await look('<!doctype html><html lang="en"><title>a</title><main><h1>a</h1><svg role="img"><text>b</text></svg></main>', 'light');
if (!broken.some((v) => v.startsWith('svg-img-alt'))) {
  throw new Error('axe does not find a picture without a name');
}
for (const [key, of] of all) {
  for (const scheme of ['light', 'dark']) {
    for (const violation of await look(await document(key, of, scheme), scheme)) {
      found++;
      console.log(`${key} (${scheme}): ${violation}`);
    }
  }
}
await browser.close();
console.log(`axe looked at ${all.size} pages, light and dark: ${found} violations`);
process.exit(found > 0 ? 1 : 0);
