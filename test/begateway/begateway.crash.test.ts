import { crashTests } from '../crash/run.ts'
import { BEGATEWAY_FLOWS } from './crash-flows.ts'

crashTests(BEGATEWAY_FLOWS)
