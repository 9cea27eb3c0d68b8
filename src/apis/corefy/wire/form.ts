/** Forms and queries as PHP reads them: `customer[name]=Ann` is a member of `customer`. */

/** How many levels of brackets are read, and how many fields. */
const DEPTH_MAX = 3
const FIELDS_MAX = 200

/** Flat names with brackets as nested objects. Objects have no prototype, so that no name means anything by itself. */
export function nested(flat: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> {
  const root = emptyMap()
  for (const [name, value] of Object.entries(flat).slice(0, FIELDS_MAX)) {
    const text: unknown = Array.isArray(value) ? value.at(-1) : value
    if (typeof text !== 'string') continue
    const path = [name.split('[')[0] ?? '', ...[...name.matchAll(/\[([^[\]]*)\]/g)].map(([, key = '']) => key)]
    if (path.length <= DEPTH_MAX) put(root, path, text)
  }
  return root
}

function put(root: Record<string, unknown>, path: readonly string[], value: string): void {
  let at = root
  path.slice(0, -1).forEach((key) => {
    const inside = at[key]
    at = (typeof inside === 'object' && inside !== null ? inside : (at[key] = emptyMap())) as Record<string, unknown>
  })
  at[path.at(-1) ?? ''] = value
}

const emptyMap = (): Record<string, unknown> => Object.create(null) as Record<string, unknown>
