// Buttons and keys of the player.

const SPEEDS = [0.5, 1, 2, 4, 8];

function makeControls(host, words, actions, format) {
  host.setAttribute("role", "group");
  host.setAttribute("aria-label", words.play);
  const row = element("div", "transport", host);
  iconButton(row, "back", words.back, () => actions.step(-1));
  const play = iconButton(row, "play", words.play, actions.toggle, "play");
  iconButton(row, "forward", words.forward, () => actions.step(1));
  play.title = `${words.play}. ${words.keys}`;
  const more = element("div", "pace", host);
  const speed = element("select", "", more);
  setLabel(speed, words.speed);
  for (const factor of SPEEDS) element("option", "", speed, `${format(factor)}×`).value = String(factor);
  speed.value = "1";
  speed.addEventListener("change", () => actions.pace(Number(speed.value)));
  const loop = iconButton(more, "loop", words.loop, () => {
    const on = loop.getAttribute("aria-pressed") !== "true";
    loop.setAttribute("aria-pressed", String(on));
    actions.loop(on);
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
      actions.pace(Number(speed.value));
    },
  };
}

// Space, arrows, Page Up, Page Down, Home, End, plus and minus, unless the focus is in a form control.
function onKey(event, actions, faster) {
  if (event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented) return;
  const tag = event.target.tagName;
  const form = tag === "SELECT" || tag === "INPUT" || tag === "TEXTAREA";
  const pressed = tag === "BUTTON" || tag === "SUMMARY" || tag === "A";
  const far = event.shiftKey ? 7 : 1;
  const act = {
    " ": () => actions.toggle(),
    ArrowRight: () => actions.step(far),
    ArrowLeft: () => actions.step(-far),
    ArrowUp: () => actions.step(far),
    ArrowDown: () => actions.step(-far),
    PageUp: () => actions.step(7),
    PageDown: () => actions.step(-7),
    Home: () => actions.seek(0),
    End: () => actions.seek(Infinity),
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
