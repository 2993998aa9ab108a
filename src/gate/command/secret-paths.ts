/** Whether what stands at this path usually is a secret. */
export function isSecretPath(_path: string): boolean {
  return true;
}

/** Whether who writes there decides how the machine works. */
export function isDangerousWrite(_path: string): boolean {
  return true;
}
