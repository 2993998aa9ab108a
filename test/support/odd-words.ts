import fc from 'fast-check';

/** Lists of words for a program: any characters but NUL, and those that shells, forms and formats read in their own way. */
export function oddWords(): fc.Arbitrary<string[]> {
  const any = fc.string({ unit: 'binary', maxLength: 12 }).filter((text) => !text.includes('\0'));
  const odd = fc.constantFrom(
    ...['', '\\', "'", '"', '$(id)', '`id`', '%b\\0101', '-n', '--', '\n', 'ü€😀', ' a  b ', '*', 'a=b', '&x=y;'],
  );
  return fc.array(fc.oneof(any, odd), { maxLength: 40 });
}
