// A note from the browser when a run ends: wanted by a click on its button, shown once, by this tab.
(() => {
  if (window.hasRunNotes) return;
  window.hasRunNotes = true;

  const KEY = "bioner notes"; // names of runs; they outlive a reload of this tab
  const read = () => JSON.parse(sessionStorage.getItem(KEY) || "[]");
  const write = (runs) => sessionStorage.setItem(KEY, JSON.stringify(runs));
  const isAllowed = () => window.Notification?.permission === "granted";

  const say = (place, text) => {
    const status = place.querySelector("[role=status]");
    if (status && status.textContent !== text) status.textContent = text;
  };

  const notify = ({ run, title, text }) => {
    write(read().filter((name) => name !== run));
    if (!isAllowed()) return;
    try {
      const note = new Notification(title, { body: text, tag: run });
      note.onclick = () => window.focus();
    } catch {
      document.title = `${text} ${document.title}`; // a browser that leaves notes to service workers
    }
  };

  const update = () => {
    for (const place of document.querySelectorAll(".run-note")) {
      const isWanted = read().includes(place.dataset.run);
      if (place.dataset.text && isWanted) notify(place.dataset);
      const button = place.querySelector("button");
      if (!button) continue;
      button.hidden = isWanted || !window.Notification; // browsers have it on https and localhost alone
      if (isWanted) say(place, "Your browser tells you at the end. Keep this tab open.");
    }
  };

  document.addEventListener("click", async (event) => {
    const place = event.target.closest?.(".run-note button")?.parentElement;
    if (!place) return;
    await Notification.requestPermission();
    if (!isAllowed()) return say(place, "Your browser allows no notes from this page.");
    write([...new Set([...read(), place.dataset.run])]);
    update();
  });

  let timer = 0;
  const wait = () => {
    timer ||= setTimeout(() => {
      timer = 0;
      update();
    }, 100);
  };
  new MutationObserver(wait).observe(document.body, { subtree: true, childList: true });
  wait();
})();
