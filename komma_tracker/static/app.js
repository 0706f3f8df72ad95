// Small comforts. Every page works without this file.
"use strict";

// Buttons that copy a field; they are hidden where they could not work.
function showCopyButtons(root) {
  if (!navigator.clipboard) return;
  for (const button of root.querySelectorAll("[data-copy][hidden]")) button.hidden = false;
}

async function copy(button) {
  await navigator.clipboard.writeText(document.getElementById(button.dataset.copy).value);
  const label = button.querySelector(".kern-label");
  const before = label.textContent;
  label.textContent = button.dataset.copied;
  announce(button.dataset.copied);
  setTimeout(() => { label.textContent = before; }, 2000);
}

// One live region for what happens without a new page.
function announce(text) {
  const notices = document.getElementById("notices");
  const line = document.createElement("p");
  line.className = "hidden-text";
  line.textContent = text;
  notices.append(line);
  setTimeout(() => line.remove(), 4000);
}

document.addEventListener("click", (event) => {
  const button = event.target.closest("[data-copy]");
  if (button) copy(button);
});

// Filters answer a choice at once; typed text waits for Enter or the button.
document.addEventListener("change", (event) => {
  const form = event.target.closest("form[data-autosubmit]");
  if (form && event.target.matches("select, input[type=checkbox], input[type=radio], input[type=month]")) form.requestSubmit();
});

// Two ways to say one thing, such as quarters of a day or a duration: the one used last counts.
document.addEventListener("input", ({ target }) => {
  const other = target.form?.elements[target.dataset.clears];
  for (const field of other instanceof RadioNodeList ? other : other ? [other] : []) {
    if (field.type === "radio") field.checked = false;
    else field.value = "";
  }
});

// What cannot be taken back is asked once more.
document.addEventListener("submit", (event) => {
  const question = event.submitter?.dataset.confirm;
  if (question && !window.confirm(question)) event.preventDefault();
}, true);

// htmx: a part that came new gets the same comforts; a failure is said, not swallowed.
document.addEventListener("htmx:after:swap", () => showCopyButtons(document));

function failed() {
  const notices = document.getElementById("notices");
  const line = document.createElement("p");
  line.className = "failed";
  line.textContent = notices.dataset.failed;
  notices.replaceChildren(line);
  notices.scrollIntoView({ block: "nearest" });
}

document.addEventListener("htmx:error", failed);
document.addEventListener("htmx:response:error", (event) => {
  if (![409, 422].includes(event.detail.ctx.response.status)) failed(); // those bring the form back, with what is wrong
});

showCopyButtons(document);
