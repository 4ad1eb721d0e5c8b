// The theme's sidebar toggles have no name that a screen reader could read.
for (const toggle of document.querySelectorAll("nav li.has-children > details > summary")) {
  const link = toggle.closest("li").querySelector("a");
  toggle.setAttribute("aria-label", `Pages of ${link ? link.textContent.trim() : "this section"}`);
}
