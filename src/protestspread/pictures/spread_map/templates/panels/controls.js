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

// Keys, unless the focus is in a form control. Shift and an arrow key make a window of dates longer or shorter.
function onKey(event, actions, faster) {
  if (event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented) return;
  const tag = event.target.tagName;
  const form = (tag === "SELECT" || tag === "INPUT" || tag === "TEXTAREA") && event.key !== "Escape";
  const pressed = tag === "BUTTON" || tag === "SUMMARY" || tag === "A";
  const move = (by) => (event.shiftKey ? actions.grow(by) : actions.step(by));
  const act = {
    " ": () => actions.toggle(),
    ArrowRight: () => move(1),
    ArrowLeft: () => move(-1),
    ArrowUp: () => move(1),
    ArrowDown: () => move(-1),
    PageUp: () => actions.step(7),
    PageDown: () => actions.step(-7),
    Home: () => actions.seek(0),
    End: () => actions.seek(Infinity),
    "+": () => faster(1),
    "=": () => faster(1),
    "-": () => faster(-1),
    "/": () => actions.search(),
    Escape: () => actions.escape(),
  }[event.key];
  const slider = event.target.getAttribute && event.target.getAttribute("role") === "slider";
  const scrolls = ["ArrowUp", "ArrowDown", "PageUp", "PageDown", "Home", "End"].includes(event.key);
  const scrollable = event.target.closest && event.target.closest(".side");
  if (!act || form || (event.key === " " && pressed) || (scrolls && scrollable)) return;
  if (["ArrowUp", "ArrowDown", "PageUp", "PageDown"].includes(event.key) && !slider) return;
  act();
  event.preventDefault();
}
