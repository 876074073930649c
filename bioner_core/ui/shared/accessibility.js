// What assistive technology needs and Streamlit's own elements lack; runs once in each tab.
(() => {
  if (document.getElementById("announcements")) return;
  // Streamlit replaces what changes, so a live region must lie outside of what it draws.
  const region = document.createElement("div");
  region.id = "announcements";
  region.setAttribute("role", "status");
  region.setAttribute("aria-live", "polite");
  document.body.append(region);

  const PROGRESS_PAUSE = 20_000; // ms between two announcements of the same progress, but for its end
  const read = (selector) =>
    [...document.querySelectorAll(selector)].map((element) => element.innerText.trim()).join(" ");
  const said = { answer: "", progress: "", at: 0 };

  const announce = () => {
    const answer = read(".lead");
    const progress = read('[data-testid="stProgress"]').replaceAll("\n", " ");
    const isDue = !progress || !said.progress || Date.now() - said.at > PROGRESS_PAUSE;
    const news = [];
    if (answer && answer !== said.answer) news.push(answer);
    if (progress !== said.progress && isDue) {
      if (progress) news.push(progress);
      Object.assign(said, { progress, at: Date.now() });
    }
    said.answer = answer || said.answer;
    if (news.length) region.textContent = news.join(" ");
  };

  const mend = () => {
    for (const zone of document.querySelectorAll('section[data-testid="stFileUploaderDropzone"]'))
      zone.setAttribute("role", "group"); // "presentation" contradicts its label
  };

  let timer = 0;
  const wait = () => {
    timer ||= setTimeout(() => {
      timer = 0;
      mend();
      announce();
    }, 500);
  };
  new MutationObserver(wait).observe(document.body, { subtree: true, childList: true, characterData: true });
  wait();
})();
