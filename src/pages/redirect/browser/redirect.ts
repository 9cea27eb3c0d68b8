// Who comes back with the Back button wants to be back: then the button is there, and nothing happens by itself.
const [entry] = performance.getEntriesByType('navigation') as PerformanceNavigationTiming[]
const form = document.getElementById('form')
if (form instanceof HTMLFormElement && entry?.type !== 'back_forward') HTMLFormElement.prototype.submit.call(form)
