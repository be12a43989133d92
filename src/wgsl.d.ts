// WGSL files are imported as text, in the build and in the tests alike.
declare module '*.wgsl' {
  const source: string;
  export default source;
}
