const form = document.getElementById('form')
const groups = document.querySelectorAll<HTMLFieldSetElement>('fieldset[data-service]')

/** Shows what the chosen service asks and nothing else. A disabled group is neither checked nor sent. */
function showChosen(): void {
  const chosen = document.querySelector<HTMLInputElement>('input[name=service]:checked')?.value
  for (const group of groups) {
    const here = group.dataset['service'] === chosen
    group.hidden = !here
    group.disabled = !here
    for (const field of group.querySelectorAll<HTMLInputElement>('[data-required]')) field.required = here
  }
}

let sent = false
form?.addEventListener('change', showChosen)
form?.addEventListener('submit', (event) => {
  if (sent) event.preventDefault()
  sent = true
  document.getElementById('continue')?.setAttribute('aria-disabled', 'true')
})
addEventListener('pageshow', () => {
  sent = false
  document.getElementById('continue')?.removeAttribute('aria-disabled')
  showChosen()
})
showChosen()
document.querySelector<HTMLElement>('[aria-invalid=true]')?.focus()
