import { crashTests } from '../crash/run.ts'
import { FINTOC_FLOWS } from './crash-flows.ts'

crashTests(FINTOC_FLOWS)
