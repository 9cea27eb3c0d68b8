import { BEGATEWAY_FLOWS } from './flows/begateway.ts'
import { releasedReserve } from './flows/corefy-reserve.ts'
import { canceledRefund } from './flows/fintoc-cancel.ts'
import { crashTests } from './run.ts'

crashTests([...BEGATEWAY_FLOWS, canceledRefund, releasedReserve])
