/** What a person does with a new key, as a text. */
export function newKeyText(file: string, publicKey: string): string {
  return [
    'The public key:',
    '',
    publicKey,
    '',
    'Paste this line into a shell of one node as root (in the web interface: node › Shell). The nodes of a cluster share the',
    "authorised keys of root, so once is enough; for another user do it on each node, in that user's home folder.",
    '',
    `mkdir -p -m 700 ~/.ssh && echo '${publicKey}' >> ~/.ssh/authorized_keys && chmod 600 ~/.ssh/authorized_keys`,
    '',
    `The private key is ${file}, readable for you alone. Keep it on this computer.`,
    'Then run "Proxmox VE: Set up SSH…" for the connection and choose this key file.',
    '',
  ].join('\n');
}
