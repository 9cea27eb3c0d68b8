import type { FastifyRequest } from 'fastify'

/** Where a request comes from. A server that listens on IPv6 too sees IPv4 as `::ffff:203.0.113.7`; merchants write, and read, `203.0.113.7`. */
export const addressOf = ({ ip }: Pick<FastifyRequest, 'ip'>): string => ip.replace(/^::ffff:(?=\d+\.\d+\.\d+\.\d+$)/i, '')
