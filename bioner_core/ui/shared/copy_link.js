// Buttons that copy a link, and say so; where the browser allows no copying, the link is shown.
(() => {
  if (window.hasCopyLinks) return;
  window.hasCopyLinks = true;

  const copyByHand = (link) => {
    const field = document.createElement("textarea"); // pages that are neither https nor localhost
    field.value = link;
    document.body.append(field);
    field.select();
    const isCopied = document.execCommand("copy");
    field.remove();
    return isCopied;
  };

  document.addEventListener("click", async (event) => {
    const button = event.target.closest?.(".copy-link button");
    if (!button) return;
    const { link } = button.parentElement.dataset;
    const isCopied = navigator.clipboard
      ? await navigator.clipboard.writeText(link).then(() => true, () => copyByHand(link))
      : copyByHand(link);
    button.nextElementSibling.textContent = isCopied ? "Copied" : link;
  });
})();
