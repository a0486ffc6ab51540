document.documentElement.classList.add("js");
for (const compare of document.querySelectorAll(".compare")) {
  const slider = compare.querySelector("input");
  const show = () => {
    const before = Number(slider.value);
    compare.style.setProperty("--cut", `${before}%`);
    slider.setAttribute("aria-valuetext", `${before} % before, ${100 - before} % after`);
  };
  slider.addEventListener("input", show);
  show();
}
