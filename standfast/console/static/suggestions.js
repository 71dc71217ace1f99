// Known fixes beside the report form, looked for while somebody types. Without this, a button does it.
"use strict";

(() => {
  const place = document.getElementById("suggestions");
  const told = document.getElementById("suggested");
  const button = document.querySelector('[formaction="/report/suggestions"]');
  const form = button.form;
  const DESCRIBE = ["title", "description", "error_message"];
  const PAUSE = 700, LEAST = 8;
  let looked = "", timer = 0;

  const described = () => DESCRIBE.map((name) => form.elements[name].value.trim()).join("\n").trim();

  function say(found) {
    const count = found ? found.split(" ").length : 0;
    told.replaceChildren();
    if (!count) return;
    const link = document.createElement("a");
    link.href = "#suggestions";
    link.textContent = count === 1 ? "1 known fix" : `${count} known fixes`;
    told.append(link);
  }

  async function look() {
    const words = described();
    if (words === looked || words.length < LEAST) return;
    looked = words;
    const body = new URLSearchParams();
    for (const name of ["csrf", "once", ...DESCRIBE]) body.set(name, form.elements[name].value);
    try {
      const answer = await fetch("/report/suggestions?part=1", { method: "POST", body });
      if (!answer.ok || described() !== words) return;
      const fresh = new DOMParser().parseFromString(await answer.text(), "text/html").body;
      const found = fresh.querySelector("[data-found]")?.dataset.found || "";
      const before = place.querySelector("[data-found]")?.dataset.found;
      if (found === before) return; // what somebody has unfolded stays
      place.replaceChildren(...(found ? fresh.childNodes : []));
      say(found);
    } catch {
      // The server is away: the form can be sent all the same.
    }
  }

  button.hidden = true;
  form.addEventListener("input", () => {
    clearTimeout(timer);
    timer = setTimeout(look, PAUSE);
  });
})();
