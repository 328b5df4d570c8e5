/**
 * Evaluated in a page: its texts whose contrast with what lies behind them is below WCAG AA (4.5 : 1; 3 : 1 for large
 * text).
 */
(() => {
  // `rgb(0 to 255)`, or of a mixed colour `color(srgb 0 to 1)`.
  const channels = (colour) => {
    const numbers = (colour.match(/[\d.]+/g) ?? []).map(Number);
    return colour.startsWith("color(srgb") ? numbers.map((value, at) => (at < 3 ? 255 * value : value)) : numbers;
  };
  const luminance = (colour) => {
    const [red, green, blue] = colour.map((value) =>
      value / 255 <= 0.04045 ? value / 255 / 12.92 : ((value / 255 + 0.055) / 1.055) ** 2.4,
    );
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
  };
  const backgroundOf = (element) => {
    for (let at = element; at; at = at.parentElement) {
      const colour = channels(getComputedStyle(at).backgroundColor);
      if (colour[3] !== 0) return colour;
    }
    return [255, 255, 255];
  };
  const weak = [];
  for (const element of document.querySelectorAll("body *")) {
    const text = [...element.childNodes]
      .filter((node) => node.nodeType === Node.TEXT_NODE)
      .map((node) => node.textContent)
      .join("")
      .trim();
    if (text === "" || element.closest("[hidden], svg")) continue;
    const style = getComputedStyle(element);
    const [dark, light] = [luminance(channels(style.color)), luminance(backgroundOf(element))].toSorted(
      (a, b) => a - b,
    );
    const size = Number.parseFloat(style.fontSize);
    const needed = size >= 24 || (size >= 18.66 && Number(style.fontWeight) >= 700) ? 3 : 4.5;
    const contrast = (light + 0.05) / (dark + 0.05);
    if (contrast < needed) weak.push(`${text.slice(0, 30)}: ${contrast.toFixed(2)}`);
  }
  return weak;
})();
