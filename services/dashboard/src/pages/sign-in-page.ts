import { html } from "../markup.ts";
import type { Visitor } from "../visitor.ts";
import { layout } from "./layout.ts";
import { formToken } from "./parts.ts";

export interface SignInPage {
  /** Where the visitor wanted to go. */
  to: string;
  isPrivate: boolean;
  visitor: Visitor;
  /** What was tried last. */
  name?: string;
  problem?: string;
}

export function signInPage({ to, isPrivate, visitor, name = "", problem }: SignInPage): string {
  return layout(
    {
      title: "Sign in",
      place: "elsewhere",
      content: html`<h1>Sign in</h1>
        ${problem !== undefined && html`<p class="notice" role="alert">${problem}</p>`}
        <form class="sheet sign-in" method="post" action="/login">
          ${formToken(visitor)}<input type="hidden" name="to" value="${to}" />
          <label
            >Name
            <input
              name="name"
              value="${name}"
              autocomplete="username"
              autocapitalize="none"
              spellcheck="false"
              required
              maxlength="200"
              ${name === "" && html` autofocus`}
          /></label>
          <label
            >Password
            <input
              type="password"
              name="password"
              autocomplete="current-password"
              required
              maxlength="1000"
              ${name !== "" && html` autofocus`}
          /></label>
          <button class="button">Sign in</button>
        </form>
        <p class="lead">
          Whoever looks after this server lets you in, by <code>mammoflow users add NAME --role viewer</code> in a
          terminal there.
        </p>
        ${!isPrivate && html`<p class="lead">This connection is not encrypted: sign in only through a tunnel, or on the machine itself.</p>`}`,
    },
    visitor,
  );
}
