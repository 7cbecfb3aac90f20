// Brings the progress of a preview or a job up to date, and shows the outcome when it is there.
(() => {
  const bar = document.querySelector("[data-voortgang] progress");
  const told = document.querySelector("[data-voortgang] [role=status]");
  if (!bar || !told) return;
  const look = async () => {
    try {
      const answer = await fetch(location.pathname, { headers: { Accept: "text/html" }, cache: "no-store" });
      // its style carries the nonce of another page: without it the policy of this one has nothing to block
      const text = (await answer.text()).replace(/<style[^]*?<\/style>/g, "");
      const page = new DOMParser().parseFromString(text, "text/html");
      const next = page.querySelector("[data-voortgang] progress");
      if (!next) return location.reload();
      if (next.hasAttribute("value")) bar.value = next.value;
      const words = page.querySelector("[data-voortgang] [role=status]").textContent;
      // a screen reader reads every change aloud: once in ten weeks is enough
      if (words !== told.textContent && Math.floor(next.value / 10) !== Math.floor(parseInt(told.textContent, 10) / 10)) told.textContent = words;
    } catch { /* the service is away for a moment: look again */ }
    setTimeout(look, 2000);
  };
  setTimeout(look, 2000);
})();
