/** Whether a parameter switches something on, in any way in which that may be written. */
export function isOn(value: unknown): boolean {
  return value === true || value === 1 || value === '1';
}

/** Whether it switches something off; what is absent does neither. */
export function isOff(value: unknown): boolean {
  return value === false || value === 0 || value === '0';
}
