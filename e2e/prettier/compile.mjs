// compile.mjs FILE...
// Compiles MDX documents, as doc engines do.
import {readFile} from 'node:fs/promises'
import {compile} from '@mdx-js/mdx'
import remarkGfm from 'remark-gfm'

let failed = 0
for (const file of process.argv.slice(2)) {
  try {
    await compile(await readFile(file), {remarkPlugins: [remarkGfm]})
  } catch (err) {
    failed++
    console.error(`${file}:${err.line}:${err.column}: ${err.reason ?? err}`)
  }
}
process.exitCode = failed ? 1 : 0
