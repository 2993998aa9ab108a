/** The operation as a request to the API, which is all that this test proposes. @throws Error when it is another kind */
export function apiOnly<Op extends { readonly kind: string }>(operation: Op): Extract<Op, { readonly kind: 'api' }> {
  if (operation.kind === 'api') return operation as Extract<Op, { readonly kind: 'api' }>;
  throw new Error(`a ${operation.kind} in place of a request`);
}
