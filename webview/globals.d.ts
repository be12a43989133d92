// What a webview of VS Code gives its page, and styles as text.

interface VsCodeApi {
  postMessage(message: unknown, transfer?: readonly ArrayBuffer[]): void;
}

declare function acquireVsCodeApi(): VsCodeApi;

declare module '*.css' {
  const text: string;
  export default text;
}
