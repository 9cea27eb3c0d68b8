import { auditCommand } from './audit.ts'
import type { DataCommand } from './command.ts'
import { approveCommand, chargedBackCommand, paidCommand, refundFailedCommand, refundPaidCommand, terminateCommand } from './corrections.ts'
import { deliveriesCommand, replayCommand } from './deliveries.ts'
import { rotateEndpointCommand } from './endpoints.ts'
import { rotateCommand } from './keys.ts'
import { merchantSettingsCommand } from './merchant-settings.ts'
import { addMerchantCommand, listMerchantsCommand } from './merchants.ts'

/** The commands that need the database, in the order of `tender help`. */
export const DATA_COMMANDS: readonly DataCommand[] = [auditCommand, deliveriesCommand, replayCommand, paidCommand, chargedBackCommand, approveCommand, terminateCommand, refundPaidCommand, refundFailedCommand, addMerchantCommand, listMerchantsCommand, merchantSettingsCommand, rotateEndpointCommand, rotateCommand]
