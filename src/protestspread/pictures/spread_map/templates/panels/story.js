// Steps of a story: a date, perhaps a place, and a text.

function makeStory(host, model, words, format, state, actions) {
  const { story } = model.page;
  if (!story) return { show() {}, reveal() {} };
  const box = element("section", "steps", host);
  const where = element("p", "small", box);
  const text = element("p", "text", box);
  text.dir = "auto";
  const row = element("div", "turn", box);
  const button = (label, by) => {
    const made = element("button", "", row, label);
    made.type = "button";
    made.addEventListener("click", () => actions.story(state.step === null ? 0 : state.step + by));
    return made;
  };
  const back = button(words.previous, -1);
  const dots = element("span", "dots", row);
  dots.setAttribute("aria-hidden", "true");
  const marks = story.length <= 12 ? story.map(() => element("i", "", dots)) : [];
  const next = button(words.next, 1);
  box.setAttribute("aria-live", "polite");

  return {
    reveal: () => box.scrollIntoView({ block: "nearest" }),
    show() {
      const { step } = state;
      const on = step !== null;
      where.textContent = on ? `${fillIn(words.of, { n: format(step + 1), total: format(story.length) })} · ${model.page.dates[story[step].row]}` : words.story;
      text.textContent = on ? story[step].text : fillIn(words.steps, { n: format(story.length) });
      back.hidden = dots.hidden = !on;
      back.disabled = on && step === 0;
      next.disabled = on && step === story.length - 1;
      next.textContent = on ? words.next : words.start;
      marks.forEach((mark, i) => (mark.className = i === step ? "on" : ""));
    },
  };
}
