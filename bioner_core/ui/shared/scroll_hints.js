// Shows the hint below a table only where the table is wider than its place; runs once in each tab.
(() => {
  if (window.hasScrollHints) return;
  window.hasScrollHints = true;

  const isWide = (element) => element && element.scrollWidth > element.clientWidth + 1;
  const update = () => {
    for (const hint of document.querySelectorAll(".scrolls")) {
      const place = hint.closest('[data-testid="stVerticalBlock"]');
      const table = place?.querySelector(".dvn-scroller, .paper");
      if (table) sizes.observe(table); // a table that is observed already stays so
      hint.classList.toggle("is-wide", !!isWide(table));
    }
  };

  let timer = 0;
  const wait = () => {
    timer ||= setTimeout(() => {
      timer = 0;
      update();
    }, 300);
  };
  const sizes = new ResizeObserver(wait);
  new MutationObserver(wait).observe(document.body, { subtree: true, childList: true });
  wait();
})();
