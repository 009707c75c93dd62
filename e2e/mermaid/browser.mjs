// A page of headless Chromium in which one version of Mermaid draws. The
// package's files are handed to the page by name, so nothing listens on a port
// and nothing is fetched.
import { readFile } from 'node:fs/promises';
import { existsSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { chromium } from 'playwright-core';

const here = path.dirname(fileURLToPath(import.meta.url));
const origin = 'http://mermaid.invalid/';
const browsers = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'];

export async function launch() {
  const executablePath = process.env.CHROMIUM || browsers.find(existsSync);
  if (!executablePath) {
    throw new Error(`no browser found (looked for ${browsers.join(', ')}; CHROMIUM names another)`);
  }
  return chromium.launch({ executablePath, args: ['--no-sandbox', '--disable-gpu'] });
}

const blank = '<!doctype html><meta charset="utf-8"><body></body>';

// open gives a page with window.draw(source, theme), which draws a diagram and
// resolves to what can be read in it.
export async function open(browser, version) {
  const page = await browser.newPage({ viewport: { width: 1100, height: 600 } });
  await page.route('**/*', async (route) => {
    const url = route.request().url();
    if (url === origin) {
      return route.fulfill({ contentType: 'text/html', body: blank });
    }
    if (!url.startsWith(origin)) {
      return route.abort();
    }
    const file = path.join(here, 'node_modules', path.normalize('/' + url.slice(origin.length)));
    return route.fulfill({ contentType: 'text/javascript', body: await readFile(file, 'utf8') });
  });
  await page.goto(origin);
  await page.evaluate(prepare, `mermaid-${version}`);
  return page;
}

// prepare runs in the page.
async function prepare(folder) {
  const mermaid = (await import(`/${folder}/dist/mermaid.esm.min.mjs`)).default;
  let drawn = 0;
  let ran = [];
  window.alert = (what) => ran.push(`alert(${what})`);

  const texts = (root) => {
    const out = [];
    const walk = document.createTreeWalker(root, NodeFilter.SHOW_TEXT);
    while (walk.nextNode()) {
      if (!walk.currentNode.parentElement.closest('style, svg > title, svg > desc')) {
        out.push(walk.currentNode.data);
      }
    }
    return out.join(' ');
  };

  window.draw = async (source, theme) => {
    ran = [];
    mermaid.initialize({ startOnLoad: false, theme });
    document.body.style.background = theme === 'dark' ? '#0d1117' : '#ffffff';
    const { svg } = await mermaid.render(`picture${++drawn}`, source);
    const box = document.createElement('div');
    box.innerHTML = svg;
    document.body.replaceChildren(box);
    const text = texts(box);
    return {
      text,
      error: box.querySelector('[aria-roledescription="error"]') !== null || /Syntax error in|Unsupported markdown|Maximum text size/.test(text),
      active: [...ran, ...[...box.querySelectorAll('script, img, iframe, a')].map((e) => e.outerHTML.slice(0, 80))],
    };
  };
}
