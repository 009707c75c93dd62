// A remark plugin for Docusaurus: it draws the flow fences of a page with the
// command flowc, while the site is built. A model that cannot be drawn fails the
// build with the findings of flowc, in the lines of the document.

import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { relative } from 'node:path'

// webpack's cache on disk would keep a page of which only an imported model changed
process.env.DOCUSAURUS_NO_PERSISTENT_CACHE ||= 'true'

export default function flowc({ command = process.env.FLOWC || 'flowc' } = {}) {
  return (tree, page) => replace(tree, page, command)
}

function replace(parent, page, command) {
  parent.children.forEach((node, index) => {
    const fence = node.type === 'code' && /^flow(?![\w-])(.*)/s.exec(`${node.lang} ${node.meta ?? ''}`)
    if (fence) {
      parent.children[index] = raw(draw(command, node.value + '\n', [
        '--fence', fence[1].trim(),
        '--stdin-name', relative(process.cwd(), page.path),
        ...place(page, node),
      ]))
    } else if (node.children) {
      replace(node, page, command)
    }
  })
}

// raw is <div dangerouslySetInnerHTML={{__html: html}} />, the form in which
// React takes HTML that it is not to parse.
function raw(html) {
  const property = {
    type: 'Property', kind: 'init', method: false, shorthand: false, computed: false,
    key: { type: 'Identifier', name: '__html' }, value: { type: 'Literal', value: html },
  }
  const expression = { type: 'ObjectExpression', properties: [property] }
  const program = { type: 'Program', sourceType: 'module', body: [{ type: 'ExpressionStatement', expression }] }
  return {
    type: 'mdxJsxFlowElement', name: 'div', children: [],
    attributes: [{
      type: 'mdxJsxAttribute', name: 'dangerouslySetInnerHTML',
      value: { type: 'mdxJsxAttributeValueExpression', value: '', data: { estree: program } },
    }],
  }
}

function draw(command, model, flags) {
  const run = spawnSync(command, ['render', '-', ...flags], { input: model, encoding: 'utf8', maxBuffer: Infinity })
  if (run.error) {
    throw new Error(`cannot run ${command} (${run.error.message}): install it with ` +
      '"go install ./cmd/... in a clone of https://github.com/flowc-lang/flowc", or name it in the environment variable FLOWC')
  }
  if (run.status !== 0) throw new Error(run.stderr || `${command} ended with ${run.signal ?? run.status}`)
  if (run.stderr) console.warn(run.stderr.trimEnd())
  return run.stdout
}

// place says where the body of a fence begins in the file. Docusaurus takes the
// front matter away and rewrites some lines, so the fence is looked up by its
// own lines; flowc looks for what is not found here.
function place(page, node) {
  const seen = lines(String(page.value))
  const first = node.position.start.line - 1
  const fence = seen.slice(first, node.position.end.line)
  const nth = places(seen, fence).indexOf(first)
  const line = places(lines(readFileSync(page.path, 'utf8')), fence)[nth]
  if (line === undefined) return []
  const body = fence[1] ?? ''
  const stripped = lines(node.value)[0]
  return [
    '--line-offset', line + 1,
    '--column-offset', body.endsWith(stripped) ? body.length - stripped.length : 0,
  ]
}

// places are the indexes at which these lines begin in others.
function places(within, wanted) {
  return within.flatMap((_, at) => wanted.every((line, i) => within[at + i] === line) ? [at] : [])
}

function lines(text) {
  return text.split(/\r?\n/)
}
