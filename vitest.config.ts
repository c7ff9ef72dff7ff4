import { configDefaults, defineConfig } from 'vitest/config'
import { leftOutTests } from './tools/matrix-tests.mjs'

export default defineConfig({
  test: {
    include: ['src/**/*.test.ts', 'test/**/*.test.ts'],
    exclude: [...configDefaults.exclude, ...leftOutTests],
    // How long to wait for what never comes. Not a measure of anything: on a machine that others
    // use too, all takes ten times as long.
    testTimeout: 120_000,
    hookTimeout: 120_000,
    expect: { poll: { timeout: 60_000 } },
    // One more than the cores of the machine that CI has, since many tests wait: for leases, for clients
    // that stall, for engines. Files are isolated, tests within one run in order.
    maxWorkers: 3,
  },
})
