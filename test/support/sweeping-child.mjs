// An application of its own that sweeps slots below ROOT, until it is killed.

const { createLocalStorage, createTitofisto } = await import(
  `${process.env['TITOFISTO_SOURCE']}/index.js`
)

const files = createTitofisto({
  secret: process.env['TITOFISTO_SECRET'] ?? '',
  storage: createLocalStorage({ root: process.env['ROOT'] ?? '', durable: false }),
  durable: false,
})
files.slot('inbox', { handler: () => {} })
process.send?.('ready')
setInterval(() => {}, 60_000)
