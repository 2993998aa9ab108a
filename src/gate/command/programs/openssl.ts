import { each, free, type Rule, reads, readsOnly, says, verbs } from '../rule.ts';

const shows = reads(
  '-in: -inform: -noout -text -subject -issuer -dates -enddate -startdate -fingerprint -serial -sha256 -sha1 -sha512 -md5 -nameopt: -certopt: -ext: -pubkey -modulus -hash -subject_hash -issuer_hash -email -ocsp_uri -purpose -checkend: -checkhost: -checkip: -CAfile: -CApath: -untrusted: -verify -verbose -crl_check -show_chain -partial_chain -print_certs -nextupdate -lastupdate -crlnumber -a -v -s -binary -hex -r -c -i -dump -strparse: -help -attime: -trusted:',
  { words: true },
);
const asks = reads(
  '-connect: -servername: -showcerts -brief -verify: -verify_return_error -verify_hostname: -CAfile: -CApath: -starttls: -tls1 -tls1_1 -tls1_2 -tls1_3 -cipher: -ciphersuites: -alpn: -status -no_ign_eof -quiet -4 -6 -noservername -prexit -tlsextdebug -state -msg',
  { words: true, sensitive: true, why: 'It connects to another machine.' },
);

/** openssl: certificates and digests are looked at; keys that are shown are sensitive; the rest makes something. */
export const judgeOpenssl: Rule = verbs('', {
  ...each('x509 req crl verify crl2pkcs7 pkcs7 asn1parse dgst sha256 sha1 md5', shows),
  ...each(
    'version list errstr prime',
    reads(
      '-a -v -b -o -f -p -d -r -e -commands -digest-commands -cipher-commands -cipher-algorithms -public-key-algorithms -hex',
      { words: true },
    ),
  ),
  ciphers: reads('-v -V -s -tls1_2 -tls1_3 -stdname', { words: true }),
  s_client: asks,
  ...each('rsa ec pkey pkcs12', (call) => {
    const told = reads('-in: -noout -check -text -pubin -pubout -modulus -info -nokeys -inform:', { words: true })(
      call,
    );
    return told?.risk === 'read'
      ? { ...readsOnly, sensitive: true, why: 'It shows keys.' }
      : says('configure', 'It may write keys.', { sensitive: true });
  }),
  rand: reads('-base64 -hex', { words: true, sensitive: true }),
  help: free,
});
