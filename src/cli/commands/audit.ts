import { audit, formatReport } from '../../ledger/audit.ts'
import type { DataCommand } from './command.ts'

export const auditCommand: DataCommand = {
  name: 'audit', needs: [], json: true,
  does: 'proves the books; exit code 1 when they are wrong',
  run: async ({ db, say }, { json }) => {
    const report = await audit(db)
    say(json ? JSON.stringify(report, null, 2) : formatReport(report))
    return report.clean ? 0 : 1
  },
}
