// Refreshes the room while nobody is typing. Without it, every form still works and a link shows what is new.
const live = document.querySelector("[data-live]");

const busy = () =>
  live.contains(document.activeElement) ||
  [...live.querySelectorAll("textarea")].some((field) => field.value !== "") ||
  live.querySelector("details[open]") !== null;

const scrolled = () => [...live.querySelectorAll(".scroll, .rituals")];

async function refresh() {
  if (document.hidden || busy()) return;
  const answer = await fetch(location.href);
  if (!answer.ok || busy()) return;
  const page = new DOMParser().parseFromString(await answer.text(), "text/html");
  const fresh = page.querySelector("[data-live]");
  if (!fresh || fresh.innerHTML === live.innerHTML) return;
  const tops = scrolled().map((box) => box.scrollTop);
  live.innerHTML = fresh.innerHTML;
  scrolled().forEach((box, number) => (box.scrollTop = tops[number] ?? 0));
}

setInterval(() => refresh().catch(() => {}), 1500);
