/** Markup that may stand in a page as it is. */
export class Markup {
  readonly text: string;

  constructor(text: string) {
    this.text = text;
  }
}

type Content = Markup | string | number | false | undefined | readonly Content[];

/** Template for HTML and SVG: every value put in is escaped, in text and in quoted attributes, except other Markup. */
export function html(parts: TemplateStringsArray, ...values: Content[]): Markup {
  return new Markup(parts.map((part, index) => part + rendered(values[index])).join(""));
}

/** A sentence in which commands stand in backticks, with those as `<code>`. */
export function prose(sentence: string): Markup {
  const pieces = sentence.split("`");
  // An unpaired backtick stands for itself.
  if (pieces.length % 2 === 0) return html`${sentence}`;
  return html`${pieces.map((piece, index) => (index % 2 === 1 ? html`<code>${piece}</code>` : piece))}`;
}

function rendered(content: Content): string {
  if (content === undefined || content === false) return "";
  if (content instanceof Markup) return content.text;
  if (typeof content === "string") return content.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
  if (typeof content === "number") return String(content);
  return content.map(rendered).join("");
}
