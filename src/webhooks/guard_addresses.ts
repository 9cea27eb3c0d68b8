/**
 * Which addresses a merchant's URL may lead to. IPv6 is an allow-list (global unicast, less its special blocks), because what is not
 * assigned today may be inside somebody's network tomorrow; IPv4 is a deny-list of IANA's special-purpose registry. An IPv4 address
 * inside an IPv6 one (mapped, 6to4, NAT64) is judged as the IPv4 address.
 */
import { BlockList, isIP } from 'node:net'

/**
 * `public`: anywhere on the internet. `private`: this machine, its network, or its provider's; allowed where the operator says so.
 * `forbidden`: never right for a receiver: metadata services (they hand out the machine's credentials), link-local, multicast, reserved.
 */
export type AddressKind = 'public' | 'private' | 'forbidden'

function blocks(...ranges: readonly string[]): BlockList {
  const list = new BlockList()
  for (const range of ranges) {
    const [network = '', bits = ''] = range.split('/')
    list.addSubnet(network, Number(bits), isIP(network) === 6 ? 'ipv6' : 'ipv4')
  }
  return list
}

const PRIVATE_4 = blocks('10.0.0.0/8', '172.16.0.0/12', '192.168.0.0/16', '127.0.0.0/8', '100.64.0.0/10')
const FORBIDDEN_4 = blocks(
  '0.0.0.0/8', '169.254.0.0/16', '192.0.0.0/24', '192.0.2.0/24', '192.31.196.0/24', '192.52.193.0/24', '192.88.99.0/24', '192.175.48.0/24',
  '198.18.0.0/15', '198.51.100.0/24', '203.0.113.0/24', '224.0.0.0/4', '240.0.0.0/4',
  // Metadata and host services outside of link-local: Alibaba's and Azure's.
  '100.100.100.200/32', '168.63.129.16/32',
)
const PRIVATE_6 = blocks('::1/128', 'fc00::/7')
// Amazon's and Google's metadata services, inside the private block.
const FORBIDDEN_6 = blocks('fd00:ec2::/32', 'fd20:ce::254/128')
const GLOBAL_6 = blocks('2000::/3')
// IETF protocols with Teredo, ORCHID and benchmarking; documentation.
const SPECIAL_6 = blocks('2001::/23', '2001:db8::/32', '3fff::/20')

/** What kind of address it is; text that is no address is forbidden. */
export function addressKind(address: string): AddressKind {
  // A zone (fe80::1%eth0) names an interface of this machine.
  if (isIP(address) === 0 || address.includes('%')) return 'forbidden'
  if (isIP(address) === 4) return kindOf4(address)
  const bytes = bytesOf6(address)
  const inside = ipv4Inside(bytes)
  if (inside !== undefined) return kindOf4(inside)
  if (FORBIDDEN_6.check(address, 'ipv6')) return 'forbidden'
  if (PRIVATE_6.check(address, 'ipv6')) return 'private'
  return GLOBAL_6.check(address, 'ipv6') && !SPECIAL_6.check(address, 'ipv6') ? 'public' : 'forbidden'
}

/** Names that can only mean this machine or its network: whoever is asked, the answer cannot be on the internet. */
const PRIVATE_NAME = /^[^.]*$|(?:^|\.)(?:localhost|local|internal|home\.arpa)$/

/** Whether a host name says of itself that it is private; what any other one resolves to is judged when it is known. */
export const isPrivateName = (hostname: string): boolean => PRIVATE_NAME.test(hostname.toLowerCase().replace(/\.$/, ''))

function kindOf4(address: string): AddressKind {
  if (FORBIDDEN_4.check(address, 'ipv4')) return 'forbidden'
  return PRIVATE_4.check(address, 'ipv4') ? 'private' : 'public'
}

/** ::ffff:0:0/96 and ::ffff:0:0:0/96 (mapped, translated), 64:ff9b::/96 (NAT64), 2002::/16 (6to4), …:0:5efe:a.b.c.d (ISATAP). */
function ipv4Inside(bytes: readonly number[]): string | undefined {
  const hex = bytes.map((byte) => byte.toString(16).padStart(2, '0')).join('')
  if (/^(?:0{20}ffff|0{16}ffff0000|0064ff9b0{16})/.test(hex) || /^.{16}0[02]005efe/.test(hex)) return bytes.slice(12).join('.')
  return hex.startsWith('2002') ? bytes.slice(2, 6).join('.') : undefined
}

/** The sixteen bytes of a valid IPv6 address, in any of its spellings. */
function bytesOf6(address: string): number[] {
  // The URL parser writes every spelling, also with a dotted tail, as hexadecimal groups.
  const [head = '', tail] = new URL(`http://[${address}]/`).hostname.slice(1, -1).split('::')
  const groups = (text: string): string[] => (text === '' ? [] : text.split(':'))
  const before = groups(head)
  const after = groups(tail ?? '')
  const zeros = Array.from({ length: 8 - before.length - after.length }, () => '0')
  return [...before, ...zeros, ...after].flatMap((group) => [Number.parseInt(group, 16) >> 8, Number.parseInt(group, 16) & 255])
}
