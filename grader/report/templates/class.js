// Sorts and searches the table of students, and names what the pointer is over in the heat maps. Nothing is fetched.
(() => {
  "use strict";
  const table = document.querySelector(".grades");
  const tools = document.querySelector(".tools");
  const jump = document.querySelector(".jump");
  const status = tools.querySelector("[role=status]");
  const rows = [...table.tBodies].flatMap(body => [...body.rows]);
  if (!rows.length) return;
  const heads = [...table.tHead.rows[0].cells];

  // Accents are no part of what is looked for: "jose" finds "José".
  const folded = text => text.normalize("NFKD").replace(/\p{M}/gu, "").toLowerCase();
  const names = rows.map(row => folded(row.cells[0].textContent));
  const search = tools.querySelector("input");
  const find = () => {
    const wanted = folded(search.value.trim());
    let shown = 0;
    rows.forEach((row, i) => { shown += !(row.hidden = !names[i].includes(wanted)); });
    status.textContent = wanted ? `${shown.toLocaleString("en")} of ${rows.length.toLocaleString("en")}` : "";
    if (jump) jump.hidden = Boolean(wanted) || sorted;
  };
  let sorted = false;
  search.addEventListener("input", find);
  tools.hidden = false;

  // Names from the first, points from the most; what has no number stays at the end either way.
  const sort = head => {
    const column = head.cellIndex;
    const before = head.getAttribute("aria-sort");
    const up = before ? before === "descending" : column === 0;
    const key = row => column ? parseFloat(row.cells[column].textContent) : 0;
    const keyed = rows.map((row, i) => [key(row), column ? i : up ? i : -i, row]);
    keyed.sort(([a, i], [b, j]) => Number.isNaN(a) - Number.isNaN(b) || (up ? a - b : b - a) || i - j);
    for (const each of heads) each.removeAttribute("aria-sort");
    head.setAttribute("aria-sort", up ? "ascending" : "descending");
    table.tBodies[0].append(...keyed.map(([, , row]) => row));
    sorted = true;
    if (jump) jump.hidden = true;
    status.textContent = `Sorted by ${head.innerText.replace(/\s+/g, " ").trim()}, ${head.getAttribute("aria-sort")}`;
  };
  for (const head of heads) {
    const button = document.createElement("button");
    button.type = "button";
    button.append(...head.childNodes);
    button.addEventListener("click", () => sort(head));
    head.append(button);
  }

  // A pixel of a heat map is a student's check.
  const students = [];
  for (const row of rows) students[row.dataset.n] = row;
  const tip = document.createElement("div");
  tip.className = "tip";
  tip.hidden = true;
  tip.setAttribute("aria-hidden", "true");
  document.body.append(tip);
  for (const image of document.querySelectorAll(".strip img")) {
    const map = image.closest("table");
    const lines = [...map.tBodies[0].rows];
    const column = heads.find(head => head.dataset.assignment === map.dataset.assignment).cellIndex;
    const at = event => {
      const box = image.getBoundingClientRect();
      const part = (where, from, length, count) => Math.min(Math.max(Math.floor((where - from) / length * count), 0), count - 1);
      const line = lines[part(event.clientY, box.top, box.height, lines.length)];
      return { student: students[part(event.clientX, box.left, box.width, students.length)], line };
    };
    image.addEventListener("pointermove", event => {
      const { student, line } = at(event);
      tip.textContent = `${student.cells[0].textContent}, ${student.cells[column].textContent}: ${line.cells[0].textContent}`;
      tip.hidden = false;
      const left = Math.min(event.clientX + 14, document.documentElement.clientWidth - tip.offsetWidth - 8);
      tip.style.left = `${Math.max(left, 8)}px`;
      tip.style.top = `${event.clientY + 18}px`;
    });
    image.addEventListener("pointerleave", () => { tip.hidden = true; });
    image.addEventListener("click", event => {
      const { student, line } = at(event);
      const link = student.cells[column].querySelector("a");
      if (link) location.href = link.href + (line.dataset.check ? `#check-${line.dataset.check}` : "");
    });
  }
})();
