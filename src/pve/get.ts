import type { PveParams, PveReply, Send } from './request.ts';

/** What single reads need of a client. */
export interface Reader {
  readonly send: Send;
}

/** One GET of the API: its `data`. @param path raw segments @throws PveError */
export async function get(reader: Reader, path: readonly string[], params: PveParams = {}): Promise<unknown> {
  return (await getReply(reader, path, params)).data;
}

/** The same with `total`, which stands beside the `data` of tasks and logs. */
export function getReply(reader: Reader, path: readonly string[], params: PveParams = {}): Promise<PveReply> {
  return reader.send({ method: 'GET', path, params });
}
