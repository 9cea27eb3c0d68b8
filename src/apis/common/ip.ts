import { BlockList, isIP } from 'node:net'
import type { FastifyRequest } from 'fastify'

/** Where a request comes from. A server that listens on IPv6 too sees IPv4 as `::ffff:203.0.113.7`; merchants write, and read, `203.0.113.7`. */
export const addressOf = ({ ip }: Pick<FastifyRequest, 'ip'>): string => ip.replace(/^::ffff:(?=\d+\.\d+\.\d+\.\d+$)/i, '')

/** Who an address is one of many of: an IPv4 address is one customer's, of IPv6 a customer has 64 bits full of them. */
export function networkOf(ip: string): string {
  if (isIP(ip) !== 6) return ip
  const [head = '', tail] = ip.split('::')
  const groups = (text = ''): string[] => text.split(':').filter((group) => group !== '')
  const zeros = Array.from({ length: Math.max(0, 8 - groups(head).length - groups(tail).length) }, () => '0')
  return [...groups(head), ...(tail === undefined ? [] : zeros), ...groups(tail)].slice(0, 4).map((group) => Number.parseInt(group, 16).toString(16)).join(':')
}

/** Whether an address is one of a list, which people may have written in any of an address's spellings. */
export function includesAddress(list: readonly string[], address: string): boolean {
  const family = familyOf(address)
  if (family === undefined) return false
  const listed = new BlockList()
  for (const one of list) if (familyOf(one) === family) listed.addAddress(one, family)
  return listed.check(address, family)
}

const familyOf = (address: string): 'ipv4' | 'ipv6' | undefined => (isIP(address) === 4 ? 'ipv4' : isIP(address) === 6 ? 'ipv6' : undefined)
