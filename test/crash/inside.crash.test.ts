import { INSIDE_FLOWS } from './flows/corefy-cards.ts'
import { crashTests } from './run.ts'

crashTests(INSIDE_FLOWS, { inside: true })
