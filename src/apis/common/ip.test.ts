import { expect, test } from 'vitest'
import { addressOf, networkOf } from './ip.ts'

test.each([['::ffff:203.0.113.7', '203.0.113.7'], ['203.0.113.7', '203.0.113.7'], ['2001:db8::1', '2001:db8::1'], ['::1', '::1']])('%s is %s', (ip, address) => {
  expect(addressOf({ ip })).toBe(address)
})

test.each([
  ['203.0.113.7', '203.0.113.7'], ['2001:db8::1', '2001:db8:0:0'], ['2001:db8:0:0:9:8:7:6', '2001:db8:0:0'], ['2001:0db8:0:1::', '2001:db8:0:1'], ['::1', '0:0:0:0'], ['fe80::1%eth0', 'fe80:0:0:0'],
  ['1:2:3:4:5:6:7:8', '1:2:3:4'], ['', ''],
])('%s is one of %s', (ip, network) => {
  expect(networkOf(ip)).toBe(network)
})
