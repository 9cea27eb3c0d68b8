// The button exists for a script only: without one, the browser's own menu prints.
const button = document.getElementById('print')
if (button) button.hidden = false
button?.addEventListener('click', () => print())
