import { BEGATEWAY_FLOWS } from './flows/begateway.ts'
import { BILL_FLOWS } from './flows/begateway-bills.ts'
import { releasedReserve } from './flows/corefy-reserve.ts'
import { canceledRefund } from './flows/fintoc-cancel.ts'
import { lateMoney } from './flows/fintoc-late.ts'
import { crashTests } from './run.ts'

crashTests([...BEGATEWAY_FLOWS, ...BILL_FLOWS, canceledRefund, releasedReserve, lateMoney])
