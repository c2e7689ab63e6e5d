const form = document.getElementById("filter");
const outcome = document.getElementById("outcome");
const words = document.getElementById("words");
const count = document.getElementById("count");
const causes = [...document.querySelectorAll("article.cause")];

function show() {
  const wanted = words.value.toLowerCase();
  let shown = 0;
  for (const cause of causes) {
    const fits = !outcome.value || cause.dataset.outcome === outcome.value;
    cause.hidden = !(fits && cause.textContent.toLowerCase().includes(wanted));
    shown += !cause.hidden;
  }
  count.textContent = `${shown} of ${causes.length}`;
}

form.addEventListener("input", show);
form.addEventListener("submit", (event) => event.preventDefault());
form.hidden = false;
show();
