import { expect, test } from 'vitest'
import { addressOf, includesAddress, networkOf } from './ip.ts'

test.each([['::ffff:203.0.113.7', '203.0.113.7'], ['203.0.113.7', '203.0.113.7'], ['2001:db8::1', '2001:db8::1'], ['::1', '::1']])('%s is %s', (ip, address) => {
  expect(addressOf({ ip })).toBe(address)
})

test.each([
  ['203.0.113.7', '203.0.113.7'], ['2001:db8::1', '2001:db8:0:0'], ['2001:db8:0:0:9:8:7:6', '2001:db8:0:0'], ['2001:0db8:0:1::', '2001:db8:0:1'], ['::1', '0:0:0:0'], ['fe80::1%eth0', 'fe80:0:0:0'],
  ['1:2:3:4:5:6:7:8', '1:2:3:4'], ['', ''],
])('%s is one of %s', (ip, network) => {
  expect(networkOf(ip)).toBe(network)
})

test.each<[string[], string, boolean]>([
  [['203.0.113.7'], '203.0.113.7', true], [['203.0.113.7'], '203.0.113.8', false], [[], '203.0.113.7', false],
  [['2001:DB8:0::7'], '2001:db8::7', true], [['2001:db8::7'], '2001:db8::8', false], [['2001:db8::7', '203.0.113.7'], '203.0.113.7', true],
  [['203.0.113.7'], 'nonsense', false], [['nonsense'], '203.0.113.7', false],
])('%j includes %s: %s', (list, address, included) => expect(includesAddress(list, address)).toBe(included))
