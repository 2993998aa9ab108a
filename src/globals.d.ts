/** The release, from package.json; put in by scripts/build.mjs. */
declare const __VERSION__: string;
