import flowc from './flowc.mjs'

export default {
  title: 'Diagrams',
  url: 'https://docs.example.test',
  baseUrl: '/',
  markdown: { format: 'detect' },
  presets: [
    ['classic', {
      docs: { routeBasePath: '/', remarkPlugins: [flowc] },
      blog: false,
    }],
  ],
}
