import type { Session } from './session.ts';

/** Words of Windows that remove data, or take the machine or its safety away. They raise the verdict, and nothing lowers it. */
const destroys =
  /\b(format|del|erase|rd|rmdir|rm|ri|diskpart|bcdedit|bootsect|shutdown|cipher\s+\/w|(Remove|Clear|Format|Reset|Uninstall|Stop|Restart|Disable)-\w+|vssadmin\s+delete|wbadmin\s+delete|wmic\b.*\bdelete|reg\s+delete|netsh\b.*\b(delete|reset|off|disable)|net\s+user\b.*\/delete|sc\s+(delete|stop)|wevtutil\s+cl|fsutil\b.*\b(dirty|deletejournal|setzerodata)|takeown|icacls\b.*\/(reset|deny)|iex|Invoke-Expression|EncodedCommand|DownloadString)\b|\s-e(nc|c)?\s/i;

/** A command on a Windows guest: never a read, as no shell of Windows is read here. */
export function judgeWindows(text: string, session: Session): void {
  session.add({ text, risk: 'configure', why: 'Commands of Windows are not read, so none is a read.' });
  if (destroys.test(text.slice(0, 32 * 1024)) || text.length > 32 * 1024)
    session.add({ text, risk: 'destroy', why: 'It names what removes data, or takes the machine or its safety away.' });
}
