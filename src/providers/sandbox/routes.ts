/** The sandbox's pages as a part of any Fastify server, under the path of its `base_url`. */
import type { FastifyInstance, FastifyPluginAsync } from 'fastify'
import { nothingHere, type PageRequest, type Pages } from './pages/page.ts'
import { chooseLanguage } from './pages/words.ts'

/** What a page's form may weigh, in bytes. */
const FORM_BYTES_MAX = 32 * 1024
const FORM = 'application/x-www-form-urlencoded'

/**
 * Mounts the pages below the plugin's prefix. It parses forms by itself, so the server around it needs nothing.
 *
 * @example
 * await server.register(sandboxRoutes(sandbox.pages), { prefix: '/sandbox' })
 */
export function sandboxRoutes(pages: Pages): FastifyPluginAsync {
  // Fastify waits for the promise; nothing in here has to be awaited.
  return async (server: FastifyInstance) => {
    // Only in here: the server around may read forms in its own way.
    server.removeContentTypeParser(FORM)
    server.addContentTypeParser(FORM, { parseAs: 'string', bodyLimit: FORM_BYTES_MAX }, (_request, body, done) => {
      done(null, Object.fromEntries(new URLSearchParams(String(body))))
    })
    server.route({
      method: ['GET', 'POST'],
      url: '/*',
      handler: async (request, reply) => {
        const { '*': path = '' } = request.params as { '*'?: string }
        const asked: PageRequest = {
          method: request.method === 'POST' ? 'POST' : 'GET',
          path: `/${path}`,
          query: strings(request.query),
          form: strings(request.body),
          accept_language: request.headers['accept-language'],
        }
        const answer = (await pages(asked)) ?? nothingHere(chooseLanguage(undefined, asked.accept_language), 'Sandbox')
        return reply.code(answer.status).headers(answer.headers).send(answer.body)
      },
    })
  }
}

/** Only what is text, and can be kept as one: a repeated field of a query would be a list, and no database takes U+0000. */
function strings(fields: unknown): Record<string, string> {
  if (typeof fields !== 'object' || fields === null) return {}
  return Object.fromEntries(Object.entries(fields).filter((entry): entry is [string, string] => typeof entry[1] === 'string' && !entry[1].includes('\0')))
}
