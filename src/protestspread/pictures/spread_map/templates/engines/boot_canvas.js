// Start every player of the page.
document.querySelectorAll("[data-spread]").forEach((root) => {
  startPlayer(root, JSON.parse(document.getElementById(root.dataset.spread).textContent), canvasEngine);
});
