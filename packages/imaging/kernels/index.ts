// Everything that the module exports; see src/kernels/ for what each means, in TypeScript.
export * from "./frame";
export * from "./regions";
export * from "./resize";
export * from "./enlarge";
export * from "./clahe";
export * from "./png";
