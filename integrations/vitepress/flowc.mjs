// A markdown-it plugin for VitePress: it draws the flow fences of a page with
// the command flowc, while the site is built. A model that cannot be drawn
// fails the build with the findings of flowc, in the lines of the document.

import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { relative } from 'node:path'

export default function flowc(md, { command = process.env.FLOWC || 'flowc' } = {}) {
  const otherwise = md.renderer.rules.fence
  md.renderer.rules.fence = (tokens, index, options, env, self) => {
    const token = tokens[index]
    const fence = /^\s*flow(?![\w-])(.*)/s.exec(token.info)
    // VitePress includes a file as code with a fence that has a source
    if (!fence || token.src) return otherwise(tokens, index, options, env, self)
    const html = draw(command, token.content, [
      '--fence', fence[1].trim(),
      '--stdin-name', relative(process.cwd(), env.path),
      ...place(env, token),
    ])
    // Vue drops <style> from a template and reads {{ }} in it, but not in v-html
    return `<div v-html="${md.utils.escapeHtml(JSON.stringify(html))}"></div>\n`
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

// place says where the body of a fence begins in the file. VitePress takes the
// front matter away and puts included files in, so the fence is looked up by its
// own lines; flowc looks for what is not found here.
function place(env, token) {
  const seen = lines(env.content)
  const fence = seen.slice(...token.map)
  const nth = places(seen, fence).indexOf(token.map[0])
  const line = places(lines(readFileSync(env.path, 'utf8')), fence)[nth]
  if (line === undefined) return []
  const body = fence[1] ?? ''
  const stripped = lines(token.content)[0]
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
