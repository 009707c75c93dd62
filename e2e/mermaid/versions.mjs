// The versions of Mermaid that every diagram has to work in, oldest first:
// package.json installs each under its own name.
import { readFileSync } from 'node:fs';

const { dependencies } = JSON.parse(readFileSync(new URL('package.json', import.meta.url), 'utf8'));

const byNumber = (a, b) => a.localeCompare(b, 'en', { numeric: true });

export const versions = Object.keys(dependencies)
  .filter((name) => name.startsWith('mermaid-'))
  .map((name) => name.slice('mermaid-'.length))
  .sort(byNumber);
