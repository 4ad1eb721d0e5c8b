// Start every player of the page.
document.querySelectorAll("[data-spread]").forEach(async (root) => startPlayer(root, await inflateAll(pageOf(root)), canvasEngine));
