// Photos of the people to protect, or to leave; without any, everybody is protected.

const byId = (id) => document.getElementById(id);
const WORDS = { only: "To be protected", except: "To stay as they are" };

export class People {
  constructor(say) {
    this.say = say;
    this.chosen = [];
    for (const role of ["only", "except"]) {
      byId(`pick-${role}`).addEventListener("click", () => byId(role).click());
      byId(role).addEventListener("change", (event) => {
        this.chosen.push(...[...event.target.files].map((file) => ({ role, file })));
        event.target.value = "";
        this.show();
      });
    }
  }

  clear() {
    this.chosen = [];
    this.show();
  }

  show() {
    byId("people-chosen").replaceChildren(...this.chosen.map((person) => this.line(person)));
    this.say(`${this.chosen.length} reference photos chosen`);
  }

  line(person) {
    const line = document.createElement("li");
    const button = document.createElement("button");
    button.type = "button";
    button.textContent = "Take back";
    button.setAttribute("aria-label", `Take back ${person.file.name}`);
    button.addEventListener("click", () => {
      this.chosen = this.chosen.filter((other) => other !== person);
      this.show();
      byId(`pick-${person.role}`).focus();
    });
    line.append(`${WORDS[person.role]}: ${person.file.name} `, button);
    return line;
  }
}
