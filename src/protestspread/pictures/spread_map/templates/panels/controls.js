// The buttons that run the player, and its keys.

const SPEEDS = [0.5, 1, 2, 4, 8];

function makeControls(host, words, acts, format) {
  host.setAttribute("role", "group");
  host.setAttribute("aria-label", words.play);
  const row = element("div", "transport", host);
  iconButton(row, "back", words.back, () => acts.step(-1));
  const play = iconButton(row, "play", words.play, acts.toggle, "play");
  iconButton(row, "forward", words.forward, () => acts.step(1));
  play.title = `${words.play}. ${words.keys}`;
  const more = element("div", "pace", host);
  const speed = element("select", "", more);
  setLabel(speed, words.speed);
  for (const factor of SPEEDS) element("option", "", speed, `${format(factor)}×`).value = String(factor);
  speed.value = "1";
  speed.addEventListener("change", () => acts.pace(Number(speed.value)));
  const loop = iconButton(more, "loop", words.loop, () => {
    const on = loop.getAttribute("aria-pressed") !== "true";
    loop.setAttribute("aria-pressed", String(on));
    acts.loop(on);
  });
  loop.setAttribute("aria-pressed", "false");

  return {
    playing(on) {
      setIcon(play, on ? "pause" : "play");
      setLabel(play, on ? words.pause : words.play);
      if (!on) play.title = `${words.play}. ${words.keys}`;
    },
    faster(by) {
      speed.selectedIndex = Math.max(0, Math.min(SPEEDS.length - 1, speed.selectedIndex + by));
      acts.pace(Number(speed.value));
    },
  };
}

// Space, arrows, Home, End, plus and minus, wherever in the player the focus is, but never in the way of a form.
function onKey(event, acts, faster) {
  if (event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented) return;
  const tag = event.target.tagName;
  const form = tag === "SELECT" || tag === "INPUT" || tag === "TEXTAREA";
  const pressed = tag === "BUTTON" || tag === "SUMMARY" || tag === "A";
  const far = event.shiftKey ? 7 : 1;
  const act = {
    " ": () => acts.toggle(),
    ArrowRight: () => acts.step(far),
    ArrowLeft: () => acts.step(-far),
    ArrowUp: () => acts.step(far),
    ArrowDown: () => acts.step(-far),
    PageUp: () => acts.step(7),
    PageDown: () => acts.step(-7),
    Home: () => acts.seek(0),
    End: () => acts.seek(Infinity),
    "+": () => faster(1),
    "=": () => faster(1),
    "-": () => faster(-1),
  }[event.key];
  const scrolls = ["ArrowUp", "ArrowDown", "PageUp", "PageDown", "Home", "End"].includes(event.key);
  const slider = event.target.getAttribute && event.target.getAttribute("role") === "slider";
  const scrollable = event.target.closest && event.target.closest(".scroll");
  if (!act || form || (event.key === " " && pressed) || (scrolls && scrollable)) return;
  if (["ArrowUp", "ArrowDown", "PageUp", "PageDown"].includes(event.key) && !slider) return;
  act();
  event.preventDefault();
}
