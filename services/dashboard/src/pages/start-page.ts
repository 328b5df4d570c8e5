import { backboneNames, imbalanceStrategyNames } from "@mammoflow/models";
import { html, prose, type Markup } from "../markup.ts";
import type { Look } from "../start/looks.ts";
import type { Plan } from "../start/start.ts";
import { protocolNames, type StartChoices } from "../start/start-choices.ts";
import type { Visitor } from "../visitor.ts";
import { formatCounted } from "../words.ts";
import { layout } from "./layout.ts";
import { command, formToken } from "./parts.ts";

/** The first step: which data set. */
export function rootsPage(
  { roots, folders, out }: { roots: string[]; folders: string[]; out: string | undefined },
  visitor: Visitor,
): string {
  const missing = [
    ...(roots.length === 0
      ? ["`MAMMOFLOW_DATA_ROOTS`, the folders and buckets that data sets may be read from, parted by commas"]
      : []),
    ...(out === undefined ? ["`MAMMOFLOW_OUT`, the folder or `gs://bucket/prefix` that runs go to"] : []),
  ];
  const content =
    missing.length > 0
      ? html`<p class="notice">${prose(`Set ${missing.join(", and ")}, and start the dashboard anew.`)}</p>`
      : html`<p class="lead">Choose a data set: a folder as its publisher lays it out, or a table of images.</p>
          <ul class="sheet folders">
            ${folders.map((folder) => html`<li><a class="path" href="/start?data=${encodeURIComponent(folder)}">${folder}</a></li>`)}
          </ul>
          <form class="filter" method="get" action="/start">
            <label
              >Another, below ${roots.join(" or ")} <input name="data" spellcheck="false" required maxlength="1000"
            /></label>
            <button class="button quiet">Look at it</button>
          </form>`;
  return page(
    "Start a run",
    html`<h1>Start a run</h1>
      ${content}`,
    visitor,
  );
}

/** Somebody looks at the data set; the page asks again by itself. */
export function lookingPage(address: string, visitor: Visitor): string {
  return layout(
    {
      title: "Start a run",
      place: "start",
      isWaiting: true,
      content: html`<h1>Start a run</h1>
        <p class="lead" role="status">
          Looking at <span class="path">${address}</span>: its tables, and the first part of each of its files.
        </p>
        <p><a href="">Look again now</a></p>`,
    },
    visitor,
  );
}

/** The second step: what is in it, and what to try. */
export function startPage(address: string, { statistics, problems, failure }: Look, visitor: Visitor): string {
  const title = html`<h1>Start a run</h1>
    <p class="lead">On <span class="path">${address}</span>. <a href="/start">Choose another</a></p>`;
  if (failure !== undefined)
    return page(
      "Start a run",
      html`${title}
        <p class="notice">${prose(failure)}</p>`,
      visitor,
    );
  return page(
    "Start a run",
    html`${title}
      <section aria-labelledby="statistics-title">
        <h2 id="statistics-title">What is in it</h2>
        <pre class="sheet" tabindex="0" aria-labelledby="statistics-title">${statistics}</pre>
        <p class="lead">The same in a terminal: ${command(`mammoflow stats ${address}`)}</p>
      </section>
      <section aria-labelledby="problems-title">
        <h2 id="problems-title">What is wrong with it</h2>
        <pre class="sheet problems">${problems}</pre>
        <p class="lead">The same in a terminal: ${command(`mammoflow validate ${address}`)}</p>
      </section>
      <form class="choices" method="get" action="/start/plan">
        <h2>What to try</h2>
        <input type="hidden" name="data" value="${address}" />
        <fieldset>
          <legend>Backbones</legend>
          ${backboneNames.map((name) => tick("checkbox", "models", name, name === "resnet18"))}
        </fieldset>
        <fieldset>
          <legend>Against class imbalance</legend>
          ${imbalanceStrategyNames.map((name) => tick("checkbox", "imbalance", name, name === "none" || name === "weighted-loss"))}
        </fieldset>
        <fieldset>
          <legend>Protocol: better by the literature and slower, or as published</legend>
          ${protocolNames.map((name) => tick("radio", "protocol", name, name === "recommended"))}
        </fieldset>
        <label
          >Name (made up where it is left empty) <input name="name" spellcheck="false" autocapitalize="none"
        /></label>
        <button class="button">Show the plan</button>
      </form>`,
    visitor,
  );
}

function tick(type: "checkbox" | "radio", name: string, value: string, isTicked: boolean): Markup {
  return html`<label
    ><input type="${type}" name="${name}" value="${value}" ${isTicked && html` checked`} /> ${value}</label
  >`;
}

/** The last step: what would be done, in words, and the button to do it. Nothing is enqueued before. */
export function planPage(
  { choices, command: typed, plan, refusal }: { choices: StartChoices; command: string; plan?: Plan; refusal?: string },
  visitor: Visitor,
): string {
  const { data, models, imbalance, protocol, name } = choices;
  const hidden = (field: string, value: string): Markup =>
    html`<input type="hidden" name="${field}" value="${value}" />`;
  return page(
    "The plan",
    html`<h1>The plan</h1>
      ${refusal !== undefined && html`<p class="notice" role="alert">${prose(refusal)}</p>`} ${plan && planWords(plan)}
      <p class="lead">The same in a terminal: ${command(typed)}</p>
      <div class="actions">
        ${
          plan &&
          html`<form method="post" action="/start">
            ${formToken(visitor)}${hidden("data", data)}${models.map((each) => hidden("models", each))}
            ${imbalance.map((each) => hidden("imbalance", each))}${hidden("protocol", protocol)}
            ${name !== undefined && hidden("name", name)}
            <button class="button">Start this run</button>
          </form>`
        }
        <a href="/start?data=${encodeURIComponent(data)}">Choose otherwise</a>
      </div>`,
    visitor,
  );
}

function planWords({ plan, config: { experiments, dataset } }: Plan): Markup {
  return html`<p>
      ${formatCounted(dataset.studies, "study", "studies")} with ${formatCounted(dataset.images, "image", "images")} go
      through ${formatCounted(experiments.length, "experiment", "experiments")}. Nothing was enqueued yet.
    </p>
    ${plan.map((sentence) => html`<p>${sentence}</p>`)}
    <details>
      <summary>The experiments by name</summary>
      <ul>
        ${experiments.map(({ name }) => html`<li class="path">${name}</li>`)}
      </ul>
    </details>`;
}

function page(title: string, content: Markup, visitor: Visitor): string {
  return layout({ title, place: "start", content }, visitor);
}
