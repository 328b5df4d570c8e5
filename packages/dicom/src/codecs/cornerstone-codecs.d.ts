// The packages carry no types. Each of these modules is CommonJS and exports an Emscripten factory.
declare module "@cornerstonejs/codec-openjpeg/decodewasmjs" {
  const factory: (options: object) => Promise<object>;
  export = factory;
}

declare module "@cornerstonejs/codec-charls/decodewasmjs" {
  const factory: (options: object) => Promise<object>;
  export = factory;
}

declare module "@cornerstonejs/codec-openjph/wasmjs" {
  const factory: (options: object) => Promise<object>;
  export = factory;
}
