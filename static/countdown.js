// Adds to each expiry how long it still is, and keeps counting; without it the time itself stands there.
const language = document.documentElement.lang || "en";
const UNITS = [["day", 86400], ["hour", 3600], ["minute", 60], ["second", 1]];

function words(seconds) {
  const first = UNITS.findIndex(([, length]) => seconds >= length);
  if (first < 0) return "0";
  let rest = seconds;
  return UNITS.slice(first, first + 2).map(([unit, length]) => {
    const count = Math.floor(rest / length);
    rest -= count * length;
    return new Intl.NumberFormat(language, { style: "unit", unit, unitDisplay: "short" }).format(count);
  }).join(" ");
}

function tick(element, shown) {
  const seconds = Math.floor((new Date(element.dateTime) - Date.now()) / 1000);
  shown.textContent = seconds > 0 ? words(seconds) : element.dataset.over;
  shown.classList.toggle("chip-warn", seconds < 3600);
  if (seconds > 0) setTimeout(() => tick(element, shown), seconds > 7200 ? 60000 : 1000);
}

document.querySelectorAll("time[data-countdown]").forEach((element) => {
  const shown = document.createElement("span");
  shown.className = "chip countdown";
  element.after(" ", shown);
  tick(element, shown);
});
