import { defineConfig } from 'vitepress'
import flowc from './flowc.mjs'

export default defineConfig({
  title: 'Diagrams',
  markdown: { config: (md) => { md.use(flowc) } },
})
