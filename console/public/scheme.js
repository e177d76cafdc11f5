// Sets the colour scheme before the first paint; a file of its own, since the content security
// policy allows no inline script.
(function () {
  var chosen = null;
  try {
    chosen = localStorage.getItem('tenantry.scheme');
  } catch {
    // Storage may be blocked: the system's scheme it is.
  }
  var dark =
    chosen === 'dark' || (chosen !== 'light' && matchMedia('(prefers-color-scheme: dark)').matches);
  document.documentElement.setAttribute('data-mantine-color-scheme', dark ? 'dark' : 'light');
})();
