/** Markup that is safe to put into a page as it stands. */
export class Markup {
  readonly text: string;

  constructor(text: string) {
    this.text = text;
  }
}

export type Content = Markup | string | number | null | undefined | false | readonly Content[];

/** Template for HTML and SVG: every value put in is escaped, except Markup made by another template. */
export function markup(parts: TemplateStringsArray, ...values: Content[]): Markup {
  return new Markup(parts.map((part, index) => part + render(values[index])).join(""));
}

/** Text in which commands stand in backticks, with those as <code>. */
export function proseWithCode(text: string): Markup {
  const pieces = text.split("`");
  // An unpaired backtick stands for itself.
  if (pieces.length % 2 === 0) return markup`${text}`;
  return markup`${pieces.map((piece, index) => (index % 2 === 1 ? markup`<code>${piece}</code>` : piece))}`;
}

/** A name such as `sampler+weighted-loss` that may be broken after its signs where a line is too short. */
export function breakable(name: string): Markup {
  return markup`${name.split(/(?<=[+/_])/).map((piece, index) => (index === 0 ? piece : markup`<wbr>${piece}`))}`;
}

function render(content: Content): string {
  if (content === null || content === undefined || content === false) return "";
  if (content instanceof Markup) return content.text;
  if (typeof content === "string") return escape(content);
  if (typeof content === "number") return String(content);
  return content.map(render).join("");
}

const entities: Record<string, string> = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "'": "&#39;" };

const escape = (text: string): string => text.replace(/[&<>"']/g, (character) => entities[character] ?? character);
