// Texts of the page whose contrast with their ground is below WCAG's AA, with the ratio found.
(() => {
  const parts = (color) => {
    const n = color.match(/[\d.]+/g).map(Number);
    const scale = color.startsWith("color(srgb") ? 255 : 1;
    return [n[0] * scale, n[1] * scale, n[2] * scale, n[3] ?? 1];
  };
  const linear = (x) => (x / 255 <= 0.03928 ? x / 255 / 12.92 : ((x / 255 + 0.055) / 1.055) ** 2.4);
  const light = ([r, g, b]) => 0.2126 * linear(r) + 0.7152 * linear(g) + 0.0722 * linear(b) + 0.05;
  const over = (top, below) => [0, 1, 2].map((i) => top[i] * top[3] + below[i] * (1 - top[3])).concat(1);
  const chain = (element) => {
    const found = [];
    for (let node = element; node; node = node.parentElement) found.push(getComputedStyle(node));
    return found;
  };
  const faint = {};
  for (const element of document.querySelectorAll("body *")) {
    const own = [...element.childNodes].filter((n) => n.nodeType === Node.TEXT_NODE);
    const text = own.map((n) => n.textContent.trim()).join(" ").trim();
    const styles = chain(element);
    const opacity = styles.reduce((all, style) => all * style.opacity, 1);
    const isIcon = element.dataset.testid === "stIconMaterial"; // a picture: 3 : 1 is enough
    const isThumb = element.closest('[data-testid="stSlider"]'); // its number lies beside what it is part of
    const isOff = element.closest(":disabled"); // WCAG asks nothing of what cannot be used
    if (!text || !element.offsetParent || opacity === 0 || isThumb || isOff) continue;
    if (["STYLE", "SCRIPT"].includes(element.tagName) || styles[0].visibility === "hidden") continue;
    const ground = styles.map((s) => parts(s.backgroundColor)).reverse().reduce((g, c) => over(c, g), [255, 255, 255, 1]);
    const ink = parts(styles[0].color);
    const pair = [light(over([...ink.slice(0, 3), ink[3] * opacity], ground)), light(ground)];
    const ratio = Math.max(...pair) / Math.min(...pair);
    const size = parseFloat(styles[0].fontSize);
    const isLarge = size >= 24 || (size >= 18.66 && styles[0].fontWeight >= 700);
    if (ratio < (isLarge || isIcon ? 3 : 4.5)) faint[text.slice(0, 60)] = ratio.toFixed(2);
  }
  return faint;
})()
