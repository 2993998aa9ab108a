import type { ClusterProfile } from './profile.ts';
import type { Reach } from './ways.ts';

/** A certificate that its cluster's own CA has renewed. */
export interface Renewed {
  readonly url: string;
  /** `AA:BB:…` */
  readonly shown: string;
  readonly trusted: readonly string[];
}

/**
 * The certificates that may be trusted anew after a question: only while every one that changed comes from the CA of the
 * one before. As soon as one was issued by somebody else, none of them is.
 */
export function renewedCertificates(reach: Reach | undefined): readonly Renewed[] {
  const changed = (reach?.faults ?? []).flatMap(({ url, fault: { certificate } }) =>
    certificate === undefined ? [] : [{ url, ...certificate }],
  );
  return changed.every(({ change }) => change === 'same-ca') ? changed : [];
}

/** The profile with the renewed certificates in place of those that they follow. */
export function trustRenewed(profile: ClusterProfile, renewed: readonly Renewed[]): ClusterProfile {
  const endpoints = profile.endpoints.map((endpoint) => {
    const shown = renewed.find(({ url }) => url === endpoint.url)?.shown;
    const { trust } = endpoint;
    return shown === undefined || trust.kind !== 'pin'
      ? endpoint
      : { ...endpoint, trust: { ...trust, sha256: [shown] } };
  });
  return { ...profile, endpoints };
}
