// Decompress and run the player. The browser runs it only because its hash is in the policy of the page.
function run(packed) {
  const player = document.createElement("script");
  player.textContent = new TextDecoder().decode(inflate(bytesOf(packed)));
  document.head.appendChild(player);
}
window.protestspread = { bytesOf, inflate };
