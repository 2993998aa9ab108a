// Makes dist/vscode-proxmox.vsix and says how large it is.
import { stat } from 'node:fs/promises';
import { createVSIX } from '@vscode/vsce';

const packagePath = 'dist/vscode-proxmox.vsix';
await createVSIX({ dependencies: false, allowMissingRepository: true, rewriteRelativeLinks: false, packagePath });
const { size } = await stat(packagePath);
console.log(`${packagePath}: ${(size / 1e6).toFixed(2)} MB`);
