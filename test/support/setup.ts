// What scripts/build.mjs puts in: tests run the sources and need not know the release.
Object.assign(globalThis, { __VERSION__: '0.0.0' });
