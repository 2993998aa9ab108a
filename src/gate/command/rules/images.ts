import { startOf, textOf } from '../arg.ts';
import { writeTo } from '../redirections.ts';
import { always, ask, minding, type Rule, type Rules, reads, readsOnly, says, verbs } from '../rule.ts';

const onFiles: Rule = verbs('', {
  info: reads('-U -f: --output: --backing-chain --force-share --object: --image-opts --limits'),
  check: reads('-qU -f: -T: --output: --object: --force-share', {
    look: (_, { unknown }) =>
      unknown.some((name) => /^(-r|--repair)/.test(name)) ? says('configure', 'It repairs the image.') : undefined,
  }),
  map: reads('-U -f: -s: -l: --output: --start-offset: --max-length: --force-share'),
  measure: reads('-U -f: -O: -o: --output: --size: --force-share'),
  compare: reads('-qspU -f: -F: -T: --force-share'),
  snapshot: (call) =>
    call.args.some((arg) => /^-\w*[ad]|^--(apply|delete)/.test(startOf(arg)))
      ? says('destroy', 'It deletes or goes back to a snapshot.')
      : call.args.some((arg) => /^-\w*c|^--create/.test(startOf(arg)))
        ? says('configure', 'It makes a snapshot.')
        : readsOnly,
  convert: (call) => {
    const target = call.args.at(-1) ?? '';
    return writeTo(textOf(target) ?? { starts: startOf(target) });
  },
  dd: (call) => writeTo(startOf(call.args.find((arg) => startOf(arg).startsWith('of=')) ?? '').slice(3)),
  create: (call) => {
    const paths = call.args.filter((arg) => startOf(arg).startsWith('/'));
    return (
      paths.map((path) => writeTo(textOf(path) ?? { starts: startOf(path) })).find(({ risk }) => risk === 'destroy') ??
      says('configure', 'It makes an image.')
    );
  },
  resize: (call) =>
    call.args.some((arg) => /^(--shrink|-\d)/.test(startOf(arg)))
      ? says('destroy', 'It cuts an image off.')
      : says('configure', 'It makes an image larger.'),
  commit: always('configure', 'It writes one image into another.'),
  rebase: always('configure', 'It changes what an image rests on.'),
});

/** An image may be on another machine. */
const qemuImg: Rule = minding((call) => {
  const told = ask(onFiles, call);
  const away = call.args.some((arg) => /:\/\/|^json:|^nbd:|--image-opts|--object/.test(startOf(arg)));
  return told?.risk === 'read' && away ? { ...told, sensitive: true } : told;
});

/** Images of disks. */
export const images: Rules = {
  'qemu-img': qemuImg,
  'qemu-io': always('configure', 'It may write into an image.'),
  'qemu-nbd': always('configure', 'It opens an image.'),
};
