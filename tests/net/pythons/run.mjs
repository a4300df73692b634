// Runs a script with the Python of a package (Pyodide: CPython in WebAssembly), which finds these
// folders as /0, /1 and so on.
const [name, script, ...folders] = process.argv.slice(2);
const { loadPyodide } = await import(`${name}/pyodide.mjs`);
const python = await loadPyodide();
folders.forEach((root, number) => {
  python.FS.mkdir(`/${number}`);
  python.FS.mount(python.FS.filesystems.NODEFS, { root }, `/${number}`);
});
await python.runPythonAsync(script);
