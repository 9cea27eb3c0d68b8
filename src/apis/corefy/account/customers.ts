import type { FastifyInstance } from 'fastify'
import { findCustomer, findCustomerByReference, listCustomers, updateCustomer, upsertCustomer, type Customer } from '../../../customers/store.ts'
import type { Account } from '../accounts.ts'
import { invalid, notFound, sendErrors } from '../errors.ts'
import { readPage } from '../lists.ts'
import { idOf, queryOf, withAccount, type Parts } from '../parts.ts'
import { readCustomerFields } from '../wire/customer.ts'
import { attributesOf, createReader } from '../wire/reader.ts'
import { customerResource, storedCustomer } from './shown-customer.ts'

const TYPES = ['customers', 'customer']

/**
 * Customers as resources of their own. That they can be written is in the original's menu, how is not published: these
 * routes follow the style of invoices. A create with a known reference updates that customer and answers 200 instead of
 * 201, as an invoice with the same `customer.reference_id` does.
 */
export function customerRoutes(server: FastifyInstance, parts: Parts): void {
  const { deps } = parts
  const shown = (account: Account, customer: Customer): Record<string, unknown> => ({ data: customerResource(storedCustomer(customer), account.id) })

  server.post('/customers', withAccount(parts, async (account, request, reply) => {
    const found = attributesOf(request.body, TYPES)
    if (!found.ok) return sendErrors(reply, found.error)
    const fields = createReader(found.value.attributes, '/data/attributes')
    const { reference_id, profile } = readCustomerFields(fields)
    if (reference_id === null && fields.errors.length === 0) fields.refuse('reference_id', 'reference_id is required.')
    if (reference_id === null || fields.errors.length > 0) return sendErrors(reply, fields.errors)
    const id = `cus_${deps.ids.alphanumeric(16)}`
    const customer = await upsertCustomer(deps.db, deps.clock, { merchant_id: account.merchant.id, id, reference: reference_id, profile })
    return reply.code(customer.id === id ? 201 : 200).send(shown(account, customer))
  }))

  server.get('/customers/:id', withAccount(parts, async (account, request, reply) => {
    const customer = await findCustomer(deps.db, account.merchant.id, idOf(request))
    return customer === undefined ? sendErrors(reply, [notFound('There is no such customer.')]) : reply.send(shown(account, customer))
  }))

  server.route({
    method: ['PATCH', 'PUT', 'POST'],
    url: '/customers/:id',
    handler: withAccount(parts, async (account, request, reply) => {
      const found = attributesOf(request.body, TYPES)
      if (!found.ok) return sendErrors(reply, found.error)
      const customer = await findCustomer(deps.db, account.merchant.id, idOf(request))
      if (customer === undefined) return sendErrors(reply, [notFound('There is no such customer.')])
      const fields = createReader(found.value.attributes, '/data/attributes')
      const { reference_id, profile } = readCustomerFields(fields)
      if (reference_id !== null && reference_id !== customer.reference) fields.errors.push(invalid('/data/attributes/reference_id', 'reference_id names the customer for good and cannot be changed.'))
      if (fields.errors.length > 0) return sendErrors(reply, fields.errors)
      const updated = await updateCustomer(deps.db, deps.clock.now(), { merchant_id: account.merchant.id, id: customer.id, profile })
      return reply.send(shown(account, updated ?? customer))
    }),
  })

  server.get('/customers', withAccount(parts, async (account, request, reply) => {
    const page = readPage(request)
    if (!page.ok) return sendErrors(reply, page.error)
    const { number, size } = page.value
    const reference = queryOf(request, 'filter[reference_id]')
    const named = reference === undefined ? undefined : await findCustomerByReference(deps.db, account.merchant.id, reference)
    // One more than a page tells whether there is a next one; counting them all would read them all.
    const rows = reference === undefined ? await listCustomers(deps.db, account.merchant.id, size + 1, (number - 1) * size) : named === undefined ? [] : [named]
    return reply.send({
      data: rows.slice(0, size).map((customer) => shown(account, customer)['data']),
      meta: { page: { number, size } },
      links: { self: '/api/customers', ...(rows.length > size ? { next: `/api/customers?page[number]=${number + 1}&page[size]=${size}` } : {}) },
    })
  }))
}
