import { COREFY_FLOWS } from './flows/corefy-cards.ts'
import { crashTests } from './run.ts'

crashTests(COREFY_FLOWS)
