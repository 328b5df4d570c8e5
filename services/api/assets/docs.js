// The page is made of /openapi.json, so that it shows what the server does; everything is put in as text.

const main = document.querySelector("main");
const keyField = document.querySelector("#key input");

const answer = await fetch("/openapi.json");
const api = await answer.json();
document.querySelector("#key").hidden = !api.components.securitySchemes;

main.replaceChildren(
  ...sections(api).flatMap(([tag, operations]) => [
    element("h2", { textContent: tag }),
    ...operations.map(operationOf),
  ]),
);
showProblems();
if (location.hash !== "") document.getElementById(location.hash.slice(1))?.scrollIntoView();

function sections({ paths }) {
  const byTag = new Map();
  for (const [path, methods] of Object.entries(paths))
    for (const [method, operation] of Object.entries(methods)) {
      const [tag] = operation.tags;
      byTag.set(tag, [...(byTag.get(tag) ?? []), { path, method: method.toUpperCase(), ...operation }]);
    }
  return [...byTag];
}

function operationOf(operation) {
  const { path, method, summary, description, parameters = [], requestBody, responses, operationId } = operation;
  const form = element("form", { className: "try" });
  for (const { name, description: what, example } of parameters)
    form.append(field(`${name}: ${what}`, element("input", { name: `path-${name}`, value: example, required: true })));
  if (requestBody) form.append(...bodyFields(requestBody.content));
  const types = Object.keys(responses[200].content);
  if (types.length > 1) form.append(field("Answer as", choice("accept", types)));
  const output = element("output");
  form.append(element("button", { textContent: "Send" }), output);
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    void send(operation, form, output);
  });
  const details = element("details", { id: operationId });
  details.append(
    element("summary", {}, element("code", { textContent: `${method} ${path}` }), ` ${summary}`),
    ...(description ? [element("p", { textContent: description })] : []),
    form,
  );
  return details;
}

function bodyFields(content) {
  const json = content["application/json"];
  if (!json) {
    const { maxItems } = content["multipart/form-data"].schema.properties.image;
    const most = maxItems > 1 ? `, up to ${maxItems}` : "";
    const files = element("input", { type: "file", name: "image", required: true, multiple: maxItems > 1 });
    return [field(`Image: DICOM, PNG or JPEG${most}`, files)];
  }
  return [field("Body", element("textarea", { name: "json", value: JSON.stringify(json.example, null, 1) }))];
}

async function send({ path, method }, form, output) {
  output.replaceChildren("Waiting.");
  const given = new FormData(form);
  const address = path.replace(/\{(\w+)\}/g, (_, name) => encodeURIComponent(given.get(`path-${name}`)));
  const headers = {};
  if (keyField.value !== "") headers.authorization = `Bearer ${keyField.value.trim()}`;
  if (given.has("accept")) headers.accept = given.get("accept");
  let body;
  if (given.has("json")) {
    headers["content-type"] = "application/json";
    body = given.get("json");
  } else if (given.has("image")) {
    body = new FormData();
    for (const file of given.getAll("image")) body.append("image", file, "image");
  }
  try {
    const received = await fetch(address, { method, headers, ...(body && { body }) });
    output.replaceChildren(
      element("p", { textContent: `${received.status} ${received.statusText}` }),
      await shown(received),
    );
  } catch (error) {
    output.replaceChildren(`The server does not answer: ${error.message}`);
  }
}

async function shown(received) {
  const type = received.headers.get("content-type") ?? "";
  if (type.startsWith("image/"))
    return element("img", {
      src: URL.createObjectURL(await received.blob()),
      alt: "The image beside itself under the map",
    });
  const text = await received.text();
  return element("pre", { textContent: type.includes("json") ? JSON.stringify(JSON.parse(text), null, 1) : text });
}

function showProblems() {
  const section = document.querySelector("#problems");
  section.hidden = false;
  section
    .querySelector("dl")
    .replaceChildren(
      ...Object.entries(api["x-problems"]).flatMap(([code, { status, title }]) => [
        element("dt", { id: code, textContent: code }),
        element("dd", { textContent: `${status}: ${title}` }),
      ]),
    );
}

function field(label, control) {
  return element("label", {}, `${label} `, control);
}

function choice(name, values) {
  return element("select", { name }, ...values.map((value) => element("option", { value, textContent: value })));
}

function element(name, properties = {}, ...children) {
  const made = Object.assign(document.createElement(name), properties);
  made.append(...children);
  return made;
}
