// Runs the player. Its text comes deflated, and as its hash stands in the page's policy, the browser runs no other.
function run(packed) {
  const player = document.createElement("script");
  player.textContent = new TextDecoder().decode(inflate(bytesOf(packed)));
  document.head.appendChild(player);
}
window.protestspread = { bytesOf, inflate };
