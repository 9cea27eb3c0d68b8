/** What is at the root of the server: a page (or JSON) that tells what is here, and answers for what is nowhere. */
import type { FastifyInstance, FastifyReply } from 'fastify'
import { renderDocument } from '../../pages/document.ts'
import { languageFromHeader, renderErrorPage } from '../../pages/index.ts'
import { styleAsset } from '../../pages/assets.ts'
import { html, safeUrl, type Html } from '../../pages/html.ts'
import { base } from '../../pages/style/base.ts'
import { tokens } from '../../pages/style/tokens.ts'
import { isDatabaseAway, sendAway } from './away.ts'
import type { Onboarding } from './onboarding.ts'
import { sendPage, wantsPage } from './pages.ts'

export interface HomeParts {
  readonly public_url: string
  /** Whether to show the demo merchant's samples. */
  readonly demo: boolean
  readonly apis: ReadonlyArray<{ readonly name: string; readonly base_url: string; readonly onboarding: Onboarding }>
}

const style = styleAsset(tokens, base, `
.page.wide { max-width: 52rem }
.panel + .panel, .lead + .panel { margin-top: 1.25rem }
.panel > * + *, .lead > * + * { margin-top: .5rem }
pre { margin: .5rem 0 0; padding: .75rem; border: 1px solid var(--line); border-radius: var(--radius); background: var(--bg); font: .8125rem/1.5 ui-monospace, monospace; white-space: pre-wrap; overflow-wrap: anywhere }
code { font-family: ui-monospace, monospace; font-size: .875em }
.panel .button { display: inline-flex; width: auto }
`)

/** `GET /`, and the answers for addresses and requests that belong to no API. */
export function homeRoutes(server: FastifyInstance, parts: HomeParts): void {
  server.get('/', (request, reply) => {
    if (wantsPage(request)) return sendPage(reply, homePage(parts))
    return reply.send({
      name: 'tender', health: `${parts.public_url}/health`, ready: `${parts.public_url}/ready`,
      apis: Object.fromEntries(parts.apis.map(({ name, base_url, onboarding }) => [name, { title: onboarding.title, base_url }])),
    })
  })
  // A payer with a mistyped link reads words.
  server.setNotFoundHandler((request, reply) => wantsPage(request) ? sendPage(reply, renderErrorPage({ kind: 'not_found', language: languageFromHeader(request.headers['accept-language']) })) : refuse(reply, 404, 'not_found', 'There is nothing at this address.', parts))
  server.setErrorHandler((error: { readonly statusCode?: number; readonly message: string }, request, reply) => {
    const status = error.statusCode !== undefined && error.statusCode >= 400 && error.statusCode < 500 ? error.statusCode : 500
    if (status === 500) request.log.error({ err: error }, 'request failed')
    if (isDatabaseAway(error)) return sendAway(request, reply, (to, words) => refuse(to, 503, 'unavailable', words, parts))
    // The message may repeat what was sent; a sentence of ours does not.
    return status === 500 ? refuse(reply, 500, 'internal_error', 'Something went wrong on our side.', parts) : refuse(reply, status, 'bad_request', 'This request cannot be read.', parts)
  })
}

function refuse(reply: FastifyReply, status: number, code: string, message: string, { public_url }: HomeParts): FastifyReply {
  return reply.code(status).send({ error: { code, message, see: `${public_url}/` } })
}

function homePage({ public_url, demo, apis }: HomeParts): ReturnType<typeof renderDocument> {
  return renderDocument({
    language: 'en', title: 'Tender', style,
    body: html`<main class="page wide">
<div class="lead"><h1>Tender is running</h1><p class="muted">One core and ledger behind these payment APIs. <a href="${`${public_url}/ready`}">Is it ready?</a></p>
${demo && html`<p>The demo merchant's keys are published test keys: <code>npx tender demo</code> prints all of them. The card 4242 4242 4242 4242 pays, with any date and any code.</p>`}</div>
${apis.map((api) => apiPanel(api, demo))}
</main>
`,
  })
}

function apiPanel({ base_url, onboarding }: HomeParts['apis'][number], demo: boolean): Html {
  const page = demo ? onboarding.page?.(base_url) : undefined
  return html`<section class="panel">
<h2>${onboarding.title}</h2>
<p><code>${base_url}</code></p>
${page !== undefined && html`<p><a class="button" href="${safeUrl(page)}">Open a payment page</a></p>`}
${demo && onboarding.samples(base_url).map(({ does, command, then }) => html`<p>${does[0]?.toUpperCase()}${does.slice(1)}:</p>
<pre tabindex="0">${command}</pre>
${then !== undefined && html`<p class="small muted">Then ${then}.</p>`}`)}
</section>
`
}
